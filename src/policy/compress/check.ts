import type { Answer } from '../../core/answer.ts';
import type { Call } from '../../core/call.ts';
import { isCallError } from '../../core/errors.ts';
import type { CompressGuard, TaskClass } from '../../core/plan/compress.ts';
import type { Background, Embedder, Handler, Log } from '../../core/ports.ts';
import { likeness } from './compare.ts';
import type { Guards } from './guard.ts';

/** Kept as the tag `illm-purpose` of the calls that the guard makes. */
export const PURPOSE = 'compress-guard';

export interface CheckDeps {
  readonly background: Background;
  readonly guards: Guards;
  readonly embedder: Embedder | null;
  readonly log: Log;
}

export interface Check {
  readonly next: Handler;
  readonly original: Call;
  readonly compressed: Call;
  readonly task: TaskClass;
  readonly settings: CompressGuard;
}

/** Runs a call both ways behind the client's back, and tells the guard whether the answers differ. Never throws. */
export async function check(
  deps: CheckDeps,
  { next, original, compressed, task, settings }: Check,
): Promise<void> {
  const { background, guards, embedder, log } = deps;
  const ask = async (call: Call): Promise<Answer> =>
    (await background.run({ next, call, purpose: PURPOSE })).answer;
  try {
    const [whole, shorter] = await Promise.all([ask(original), ask(compressed)]);
    const alike = await likeness(whole, shorter, embedder);
    guards.note(original.requestedModel, task, alike < settings.minSimilarity, settings);
  } catch (error) {
    // An answer that did not come says nothing of the other.
    const why = isCallError(error) ? error.message : error;
    log.info('compressed and whole answers could not be compared', { callId: original.id, why });
  }
}
