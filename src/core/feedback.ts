import type { Target } from './target.ts';

/** Ratings of one target's answers to one task: a sum over all of them. */
export interface Ratings {
  /** The alias or model that was asked for. */
  readonly requestedModel: string;
  readonly target: Target;
  readonly task: string;
  /** Negative to take earlier ratings back. */
  readonly count: number;
  /** Of scores from 0 to 1. */
  readonly scoreSum: number;
}

/** What somebody thinks of one call's answer. */
export interface Feedback {
  readonly callId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** From 0 (bad) to 1 (good). */
  readonly score: number;
  readonly comment: string | null;
  readonly task: string;
  readonly requestedModel: string;
  readonly target: Target;
  /** The virtual key that gave it; null for an administrator. */
  readonly keyId: string | null;
}

/** Feedback in the store. A call has one: a later one takes the place of the earlier. */
export interface FeedbackStore {
  /** Gives the one that it replaces. @throws CallError `not_ready` when the store cannot be reached */
  put(feedback: Feedback): Promise<Pick<Feedback, 'score' | 'task'> | null>;
  sums(): Promise<readonly Ratings[]>;
}
