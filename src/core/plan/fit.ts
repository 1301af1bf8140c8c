import type { Target } from '../target.ts';

export const FIT_WAYS = ['longer-window', 'compress', 'map-reduce', 'refine', 'drop-oldest'] as const;

/**
 * What to do with a call that is too long for its model.
 *
 * - `longer-window`: ask another of the call's candidates, or one of `longer`
 * - `compress`: shorten the texts of the prompt
 * - `map-reduce`: take notes on each part of its documents, and answer from the notes
 * - `refine`: read its documents part by part, taking the notes along
 * - `drop-oldest`: leave out the oldest turns, with a summary of them
 */
export type FitWay = (typeof FIT_WAYS)[number];

/** Settings of the lever `fit`. */
export interface FitSettings {
  readonly enabled: boolean;
  /** Tried in this order. All but `longer-window` change what the model reads. */
  readonly ways: readonly FitWay[];
  /** Asked after the call's own candidates, by `longer-window`. */
  readonly longer: readonly Target[];
  /** Tokens kept free for the answer where the client asks for no maximum. */
  readonly reserveTokens: number;
  /** Longest answer to a question about one part of a document, in tokens. */
  readonly noteTokens: number;
  /** Longest part of a document; null: as long as the window allows. */
  readonly partTokens: number | null;
  /** Most questions besides the call itself. */
  readonly mostAsks: number;
  /** Parts asked about at once. */
  readonly concurrency: number;
  /** Who takes notes and summarises; null: the call's own candidate. */
  readonly notesBy: Target | null;
  /** False: dropped turns are replaced by a sentence that says so. */
  readonly summary: boolean;
}

/** Nothing is looked at. */
export const NO_FIT: FitSettings = {
  enabled: false,
  ways: ['longer-window'],
  longer: [],
  reserveTokens: 1024,
  noteTokens: 1024,
  partTokens: null,
  mostAsks: 64,
  concurrency: 4,
  notesBy: null,
  summary: true,
};

/** As it is when nothing is configured: candidates that are too small for a call are passed over. */
export const DEFAULT_FIT: FitSettings = { ...NO_FIT, enabled: true };
