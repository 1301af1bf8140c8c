import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FitSettings } from '../../core/plan/fit.ts';
import type { Handler } from '../../core/ports.ts';
import type { Target } from '../../core/target.ts';
import type { Counted, Measures } from './measure.ts';

/** How short a prompt must become. */
export interface CompressGoal {
  /** Most tokens that it may take. */
  readonly tokens: number;
  /** Those that it takes. */
  readonly before: number;
  readonly model: string;
  readonly count: (prompt: Prompt) => Promise<number>;
}

/**
 * Shortens the texts of a call's prompt to at most so many tokens, or as far as it may.
 * @throws CallError when the compressor cannot be had
 */
export type CompressTo = (call: Call, prompt: Prompt, goal: CompressGoal) => Promise<Compressed>;

export interface Compressed {
  readonly prompt: Prompt;
  /** Why parts of it were left alone. */
  readonly left: readonly string[];
}

/** Whom a way makes the prompt fit for. */
export interface Goal {
  /** Whose window is the measure. */
  readonly target: Target;
  /** Those whose window is at least as long. */
  readonly candidates: readonly Target[];
  readonly window: number;
  /** What the prompt may take, in tokens as they are counted here: less than the window where that count is inexact. */
  readonly promptTokens: number;
  /** How many of the model's tokens one counted token may be. */
  readonly scale: number;
}

/** What a way works with. */
export interface Task {
  readonly call: Call;
  readonly next: Handler;
  readonly settings: FitSettings;
  readonly measures: Measures;
  readonly prompt: Prompt;
  /** The whole prompt, as counted for the goal's model. */
  readonly before: Counted;
  readonly goal: Goal;
  /** True once nobody waits any more. */
  readonly abandoned: () => boolean;
}

/** What came of a way: a shorter prompt, or why there is none. */
export type Outcome =
  | {
      readonly prompt: Prompt;
      /** What was done, a verb for the decision. */
      readonly action: string;
      readonly why: string;
      readonly details?: JsonObject;
      /** For the header: `parts=12`. */
      readonly told?: string;
    }
  | { readonly not: string };

/** One way to shorten a prompt. Failures of questions on the side are thrown. */
export type Shorten = (task: Task) => Promise<Outcome>;
