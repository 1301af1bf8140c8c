/** How often a common question is put; an odd number, so that two answers cannot tie. */
export const TOGETHER_VOTES = [1, 3, 5] as const;
export type TogetherVotes = (typeof TOGETHER_VOTES)[number];

/** Settings of the lever `together`. */
export interface TogetherSettings {
  readonly enabled: boolean;
  /** Most calls put into one question. */
  readonly maxItems: number;
  /** How long the first call waits for others. */
  readonly maxWaitMs: number;
  readonly votes: TogetherVotes;
  /** Calls whose question is longer ask by themselves. */
  readonly maxItemCharacters: number;
}

/** As it is when nothing is configured. */
export const NO_TOGETHER: TogetherSettings = {
  enabled: false,
  maxItems: 8,
  maxWaitMs: 20,
  votes: 1,
  maxItemCharacters: 4000,
};
