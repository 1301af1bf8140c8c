import type { Prompt } from '../../core/content.ts';
import type { TokenCounter } from '../../core/ports.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { promptText } from '../../text/index.ts';
import type { ContextWindow, ContextWindows } from './windows.ts';

/** Tokens that chat templates put around each message, and around a prompt. */
const MESSAGE_OVERHEAD = 8;
const PROMPT_OVERHEAD = 16;
/** How far a count with another model's tokenizer may be off. */
const MOST_INEXACT = 1.25;

export interface Counted {
  readonly tokens: number;
  /** False where the model's own tokenizer is not public, or the text could not be counted whole. */
  readonly exact: boolean;
}

/**
 * - `fits`: it surely does, or does by a count
 * - `unknown`: the model's window is not known
 * - `doubtful`: it does not by a count that may be wrong; its provider knows
 * - `too-long`: it does not
 */
export type Verdict = 'fits' | 'unknown' | 'doubtful' | 'too-long';

/** One candidate and whether the prompt fits into it. */
export interface Measured {
  readonly target: Target;
  readonly window: ContextWindow | null;
  readonly verdict: Verdict;
}

export interface Measures {
  /** Tokens of the prompt, answer not included. */
  count(prompt: Prompt, model: string): Promise<Counted>;
  countText(text: string, model: string): Promise<Counted>;
  /** Whether a prompt and its answer fit into a target. */
  judge(prompt: Prompt, reserve: number, target: Target): Promise<Measured>;
}

/** Counts of one call's prompts; each text is counted once a model. */
export function measuresOf(tokens: TokenCounter, windows: ContextWindows): Measures {
  const counts = new Map<Prompt, Map<string, Promise<Counted>>>();
  const countText = async (text: string, model: string): Promise<Counted> => await tokens.count(text, model);

  const count = async (prompt: Prompt, model: string): Promise<Counted> => {
    const known = counts.get(prompt) ?? new Map<string, Promise<Counted>>();
    counts.set(prompt, known);
    const counting =
      known.get(model) ??
      countText(promptText(prompt), model).then(({ tokens: counted, exact }) => ({
        tokens: counted + overheadOf(prompt),
        exact,
      }));
    known.set(model, counting);
    return await counting;
  };

  return {
    count,
    countText,
    judge: async (prompt, reserve, target) => {
      const window = windows.of(target);
      if (!window) return { target, window, verdict: 'unknown' };
      // No token is shorter than a byte.
      const most = Buffer.byteLength(promptText(prompt)) + overheadOf(prompt);
      if (most + reserve <= window.tokens) return { target, window, verdict: 'fits' };
      const counted = await count(prompt, target.model);
      return { target, window, verdict: verdictOf(counted, reserve, window) };
    },
  };
}

function verdictOf({ tokens, exact }: Counted, reserve: number, window: ContextWindow): Verdict {
  if (tokens + reserve <= window.tokens) return 'fits';
  const least = exact ? tokens : tokens / MOST_INEXACT;
  return least + reserve > window.tokens ? 'too-long' : 'doubtful';
}

export function overheadOf(prompt: Prompt): number {
  return PROMPT_OVERHEAD + MESSAGE_OVERHEAD * prompt.messages.length;
}

/** `openai/gpt-4o (128,000)`. */
export function formatWindow(target: Target, window: ContextWindow | null): string {
  return `${formatTarget(target)} (${window ? formatTokens(window.tokens) : 'window not known'})`;
}

export function formatTokens(tokens: number): string {
  return Math.ceil(tokens).toLocaleString('en-US');
}
