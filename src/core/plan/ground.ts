import type { Target } from '../target.ts';
import type { CacheScope } from './cache.ts';

/** What to do with an answer that its sources do not support. */
export const GROUND_REMEDIES = ['flag', 'retry', 'escalate'] as const;
export type GroundRemedy = (typeof GROUND_REMEDIES)[number];

export interface GroundCheck {
  /** Share of the answer's sentences that must be supported, from 0 to 1. */
  readonly minShare: number;
  /** Cosine similarity to a passage from which on a sentence counts as supported. */
  readonly minSupport: number;
  readonly remedy: GroundRemedy;
  /** Who is asked by `escalate`. */
  readonly escalateTo: Target | null;
}

/** What a past call must have in common with a call to be an example for it. */
export const EXAMPLE_KINDS = ['task', 'alias', 'both'] as const;
export type ExampleKind = (typeof EXAMPLE_KINDS)[number];

/** Well-rated past calls, shown to the model as examples. */
export interface ExampleSettings {
  /** Most examples in a prompt. */
  readonly number: number;
  /** Lowest rating of an example, from 0 to 1. */
  readonly minRating: number;
  /** Lowest cosine similarity of its question to that of the call. */
  readonly minSimilarity: number;
  /** Most characters of examples in a prompt, questions and answers together. */
  readonly mostCharacters: number;
  /** Longest time that a call waits for its examples; then it is sent without. */
  readonly maxMs: number;
  readonly same: ExampleKind;
  /** Whose calls may be examples, in the words of the cache: never those of another tenant. */
  readonly scope: CacheScope;
}

/** What is not said of examples that are switched on. */
export const USUAL_EXAMPLES: ExampleSettings = {
  number: 2,
  minRating: 0.8,
  minSimilarity: 0.5,
  mostCharacters: 4_000,
  maxMs: 1_000,
  same: 'both',
  scope: 'team',
};

/** Settings of the lever `ground`. */
export interface GroundSettings {
  /** The documents that answers are grounded on; null: none. */
  readonly collection: string | null;
  /** Most passages put into a prompt. */
  readonly passages: number;
  /** Lowest cosine similarity of a passage to the question. */
  readonly minScore: number;
  /** Most characters of passages in a prompt. */
  readonly mostCharacters: number;
  /** Whether the model is asked to cite the passages as [1], [2]. */
  readonly citations: boolean;
  readonly check: GroundCheck | null;
  /** Null: no examples. They need stored bodies, which the configuration sees to. */
  readonly examples: ExampleSettings | null;
}

/** As it is when nothing is configured. */
export const NO_GROUND: GroundSettings = {
  collection: null,
  passages: 4,
  minScore: 0.3,
  mostCharacters: 8_000,
  citations: true,
  check: null,
  examples: null,
};
