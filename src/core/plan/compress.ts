/** What a call is for, as far as it decides how much may be left out. */
export const TASK_CLASSES = ['summary', 'retrieval', 'chat', 'code', 'mathematics', 'other'] as const;
export type TaskClass = (typeof TASK_CLASSES)[number];

/**
 * What is never left out unless it is taken from this list. Always kept, whatever the list says: the final question, calls
 * of tools, the structure of their results, definitions of tools, reasoning and media.
 *
 * - `system`: system messages
 * - `assistant`: what the model said before
 * - `tool-results`: the text of what tools returned
 * - `cached`: everything up to the last mark at which the client asks the provider to cache
 * - `json`: values of JSON, and sentences around them
 * - `code`: fenced and bare code
 * - `examples`: where code may be left out, heads of functions and what they give for what
 * - `numbers`: in mathematical text, sentences with a number
 */
export const PROTECTED_KINDS = [
  'system',
  'assistant',
  'tool-results',
  'cached',
  'json',
  'code',
  'examples',
  'numbers',
] as const;
export type ProtectedKind = (typeof PROTECTED_KINDS)[number];

/** Runs some calls both ways in the background, and stops compressing a class of tasks whose answers differ. */
export interface CompressGuard {
  /** Share of the compressed calls that are run both ways. */
  readonly share: number;
  /** Answers at least as similar as this are the same: 1 is the same words. */
  readonly minSimilarity: number;
  /** Share of differing answers that is accepted. */
  readonly mostDiffering: number;
  /** While no more than that differ, the guard steps in by mistake less than once in so many comparisons. */
  readonly falseAlarmEvery: number;
}

/** Settings of the lever `compress`. */
export interface CompressSettings {
  readonly enabled: boolean;
  /** `extractive` keeps whole sentences, `llmlingua2` words. */
  readonly method: 'extractive' | 'llmlingua2';
  /** Folder of the LLMLingua-2 model. */
  readonly model: string | null;
  /** What sentences are judged by. */
  readonly scorer: 'embedding' | 'lexical';
  /** Share of the tokens of the target model to keep, in (0, 1]; null: as is usual for the class of the task. */
  readonly keepRatio: number | null;
  /** The same by class; wins over `keepRatio`. 1 is off. */
  readonly classes: Readonly<Partial<Record<TaskClass, number>>>;
  /** Declares the class; null: it is told by rules. The header `x-illm-task` wins. */
  readonly task: TaskClass | null;
  readonly protect: readonly ProtectedKind[];
  /** Messages with fewer tokens stay as they are. */
  readonly minTokens: number;
  /** Longest time that a call is kept for compressing; then it is sent as it is. */
  readonly maxMs: number;
  /** What the machine that compresses costs, exact decimal dollars an hour; null: not counted. */
  readonly machineHourlyUsd: string | null;
  readonly guard: CompressGuard | null;
}

/** Shares kept where nothing is configured. Mathematics is left alone unless its class is named. */
export const USUAL_KEEP: Readonly<Record<TaskClass, number>> = {
  summary: 0.5,
  retrieval: 0.5,
  chat: 0.7,
  code: 0.8,
  mathematics: 1,
  other: 0.7,
};

/** As it is when nothing is configured. */
export const NO_COMPRESS: CompressSettings = {
  enabled: false,
  method: 'extractive',
  model: null,
  scorer: 'embedding',
  keepRatio: null,
  classes: {},
  task: null,
  protect: ['system', 'tool-results', 'cached', 'json', 'code', 'examples', 'numbers'],
  minTokens: 300,
  maxMs: 5_000,
  machineHourlyUsd: null,
  guard: null,
};

export const USUAL_GUARD: CompressGuard = {
  share: 0.02,
  minSimilarity: 0.9,
  mostDiffering: 0.1,
  falseAlarmEvery: 1_000,
};
