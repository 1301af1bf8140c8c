import { abortSignalOf } from '../../core/call-signal.ts';
import { type TaskClass, USUAL_KEEP } from '../../core/plan/compress.ts';
import { compressPrompt, type GroupResult } from '../compress/compress-prompt.ts';
import { type CompressorDeps, groupCompressor } from '../compress/compressor.ts';
import type { Guards } from '../compress/guard.ts';
import { Memo } from '../compress/memo.ts';
import type { Compressed, CompressTo } from './way.ts';

export interface CompressToDeps extends CompressorDeps {
  readonly guards: Guards;
}

const MEMO_CHARS = 4_000_000;
const MOST_TRIES = 4;
/** Each try aims a little lower, as spans are kept or left out whole. */
const AIM = 0.97;
const LEAST_KEPT = 0.02;

/**
 * Shortens prompts with the lever `compress`, by the call's settings of it: what they protect stays, and so do classes
 * of tasks that they leave alone or whose answers turned out to differ.
 */
export function compressTo(deps: CompressToDeps): CompressTo {
  const memo = new Memo<GroupResult>(MEMO_CHARS);
  return async (call, prompt, { tokens, before, model, count }) => {
    const settings = { ...call.plan.compress, minTokens: 1 };
    const compress = groupCompressor(deps, memo, settings, model, abortSignalOf(call.signal));
    const stopped = (task: TaskClass): string | null =>
      (settings.classes[task] ?? USUAL_KEEP[task]) >= 1
        ? `tasks of the class ${task} are left alone`
        : deps.guards.stopped(call.requestedModel, task);
    let keepRatio = AIM * (tokens / before);
    let best: Compressed = { prompt, left: [] };
    for (let tries = 0; tries < MOST_TRIES && keepRatio >= LEAST_KEPT; tries++) {
      const declared = settings.task && { task: settings.task, from: 'configuration' };
      const shorter = await compressPrompt(prompt, { settings, keepRatio, declared, stopped, compress });
      const { left } = shorter;
      best = shorter.changed ? { prompt: shorter.prompt, left } : { ...best, left };
      if (!shorter.changed) break;
      const over = (await count(best.prompt)) - tokens;
      if (over <= 0) break;
      // What is protected does not shrink: the rest must by all that is too much.
      const aimed = shorter.tokensAfter - over;
      if (aimed <= 0 || shorter.tokensBefore === 0) break;
      keepRatio = Math.min(AIM * (aimed / shorter.tokensBefore), keepRatio * AIM);
    }
    return best;
  };
}
