import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import type { Handler, Stage } from '../../core/ports.ts';
import type { FitSettings } from '../../core/plan/fit.ts';
import { handover } from '../../core/handover.ts';
import type { Target } from '../../core/target.ts';
import { Fitting } from './fitting.ts';
import { changesPrompts, type FitDeps } from './fit-deps.ts';
import type { ContextWindows } from './windows.ts';

/** Requests of no more bytes than a window has tokens, divided by this, are looked at no further. */
const FAR_BELOW = 4;
/** Where no window is known: no model in use takes less than this. */
const SMALL_BYTES = 4096;

/**
 * Finds a way for calls that are too long for their model: by a count before anything is sent, or when the provider
 * refuses. Nothing is ever cut off silently: each way is a decision, with the tokens before and after, and is named in
 * `x-illm-fit`.
 */
export function fitStage(deps: FitDeps): Stage {
  return (next) =>
    function fit(call) {
      const { fit: settings } = call.plan;
      if (!settings.enabled || call.operation !== 'generate') return next(call);
      const targets = call.candidates;
      if (call.target || !targets || isFarBelow(call, targets, settings, deps.windows)) return next(call);
      return fitted(deps, next, call, targets, settings);
    };
}

function fitted(
  deps: FitDeps,
  next: Handler,
  call: Call,
  targets: readonly Target[],
  settings: FitSettings,
): ReturnType<Handler> {
  const prompt = readable(call);
  if (!prompt) return next(call);
  return handover((reading) => new Fitting(deps, next, call, targets, settings, prompt, reading).begin());
}

/** Null for a request that cannot be read here: its bytes may mean something to the provider all the same. */
function readable(call: Call): Prompt | null {
  try {
    return call.prompt();
  } catch {
    return null;
  }
}

function isFarBelow(
  { wire }: Call,
  targets: readonly Target[],
  settings: FitSettings,
  windows: ContextWindows,
): boolean {
  const bytes = wire.body.length;
  for (const target of targets) {
    const window = windows.of(target);
    if (window ? bytes * FAR_BELOW > window.tokens : bytes > SMALL_BYTES || changesPrompts(settings))
      return false;
  }
  return true;
}
