import type { Target } from '../target.ts';

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
}

/** As it is when nothing is configured. */
export const NO_GROUND: GroundSettings = {
  collection: null,
  passages: 4,
  minScore: 0.3,
  mostCharacters: 8_000,
  citations: true,
  check: null,
};
