import type { Prompt } from '../../core/content.ts';
import type { Target } from '../../core/target.ts';
import { formatTarget } from '../../core/target.ts';
import type { Measures } from './measure.ts';
import type { ToldWindow } from './told-window.ts';
import type { Goal } from './way.ts';
import type { ContextWindows } from './windows.ts';

/** How many of a model's tokens a counted one may be, at most, with another model's tokenizer or with its own. */
const INEXACT_SCALE = 1.15;
const EXACT_SCALE = 1.02;
const MOST_SCALE = 4;
/** Left free beside the window, for what templates add. */
const MARGIN_TOKENS = 32;

export interface GoalFor {
  readonly targets: readonly Target[];
  readonly windows: ContextWindows;
  readonly measures: Measures;
  readonly prompt: Prompt;
  readonly reserve: number;
  /** What the provider's refusal said. */
  readonly told: ToldWindow;
}

/** How short the prompt must become, for the target with the longest window; or why that is not known. */
export async function goalOf(wanted: GoalFor): Promise<Goal | { readonly not: string }> {
  const { targets, windows, measures, prompt, reserve, told } = wanted;
  const known = targets.flatMap((target) => {
    const window = windows.of(target);
    return window ? [{ target, window: window.tokens }] : [];
  });
  const [first, ...others] = known;
  if (!first) {
    const names = targets.map(formatTarget).join(', ');
    return { not: `the window of ${names} is not known; set providers.<name>.window or contextWindows` };
  }
  const longest = others.reduce((best, each) => (each.window > best.window ? each : best), first);
  const { target, window } = longest;
  const counted = await measures.count(prompt, target.model);
  const scale = scaleOf(counted, window - reserve, told);
  const promptTokens = Math.floor((window - reserve) / scale) - MARGIN_TOKENS;
  if (promptTokens <= 0)
    return {
      not: `${formatTarget(target)} takes ${window} tokens, of which the answer alone is to have ${reserve}`,
    };
  const candidates = known.filter((each) => each.window >= window).map((each) => each.target);
  return { target, candidates, window, promptTokens, scale };
}

/** The provider's own count of the same prompt says how far ours is off. */
function scaleOf(
  { tokens, exact }: { readonly tokens: number; readonly exact: boolean },
  room: number,
  told: ToldWindow,
): number {
  const least = exact ? EXACT_SCALE : INEXACT_SCALE;
  if (tokens === 0) return least;
  if (told.needed !== null) return Math.min(MOST_SCALE, Math.max(least, told.needed / tokens));
  // Refused although it fits by our count: it is longer than that.
  const refusedThough = told.window !== null && tokens <= room ? (room / tokens) * least : least;
  return Math.min(MOST_SCALE, refusedThough);
}
