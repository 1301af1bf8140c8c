import type { Call } from '../../core/call.ts';
import { CallError, isCallError } from '../../core/errors.ts';
import { inTime } from '../../core/in-time.ts';
import { handover } from '../../core/handover.ts';
import type { JsonObject } from '../../core/json.ts';
import type { CompressSettings } from '../../core/plan/compress.ts';
import type {
  Background,
  Clock,
  Embedder,
  Handler,
  Log,
  Random,
  Stage,
  TokenCounter,
} from '../../core/ports.ts';
import { check } from './check.ts';
import {
  type CompressedPrompt,
  compressPrompt,
  type GroupRequest,
  type GroupResult,
} from './compress-prompt.ts';
import { type CompressorDeps, groupCompressor } from './compressor.ts';
import type { Guards } from './guard.ts';
import { Memo } from './memo.ts';
import { timeCost } from './own-time.ts';
import { declared } from './task-class.ts';

export interface CompressDeps extends CompressorDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tokens: TokenCounter;
  readonly embedder: Embedder | null;
  readonly guards: Guards;
  readonly background: Background;
}

const STAGE = 'compress';
/** Characters of compressed texts that are remembered. */
const MEMO_CHARS = 16_000_000;

/** Leaves out of long prompts what matters least. A call that cannot be compressed is sent as it is, and its decision says why. */
export function compressStage(deps: CompressDeps): Stage {
  const memo = new Memo<GroupResult>(MEMO_CHARS);
  return (next) =>
    function compress(call) {
      const settings = call.plan.compress;
      if (!settings.enabled || call.operation !== 'generate') return next(call);
      const wish = call.wire.headers['x-illm-compress'];
      if (wish === 'off') {
        call.trail.decide({ stage: STAGE, action: 'skipped', why: 'the client asks for it' });
        return next(call);
      }
      return handover(async (reading) => {
        const passed = await compressed(deps, memo, call, settings, wishedRatio(wish), next);
        if (!reading.closed) reading.from = next(passed)[Symbol.asyncIterator]();
        return [];
      });
    };
}

async function compressed(
  deps: CompressDeps,
  memo: Memo<GroupResult>,
  call: Call,
  settings: CompressSettings,
  keepRatio: number | null,
  next: Handler,
): Promise<Call> {
  const { clock, guards, random } = deps;
  const model = (call.target ?? call.candidates?.[0])?.model ?? call.requestedModel;
  const header = declared(call.wire.headers['x-illm-task']);
  const begun = clock.ticks();
  let result: CompressedPrompt;
  try {
    result = await inTime(settings.maxMs, call.signal, (signal) => {
      const compress = groupCompressor(deps, memo, settings, model, signal);
      return compressPrompt(call.prompt(), {
        settings,
        keepRatio,
        declared: header
          ? { task: header, from: 'header x-illm-task' }
          : settings.task && { task: settings.task, from: 'configuration' },
        stopped: (task) => guards.stopped(call.requestedModel, task),
        compress: async (request: GroupRequest) => await compress(request),
      });
    });
  } catch (error) {
    bookTime(call, settings, clock.ticks() - begun);
    call.trail.decide({ stage: STAGE, action: 'skipped', why: whyNot(deps, call, error) });
    return call;
  }
  const ownMs = Math.round((clock.ticks() - begun) * 1000) / 1000;
  bookTime(call, settings, ownMs);
  const { task, tokensBefore, tokensAfter, left, prompt } = result;
  const details = detailsOf(settings, result, model, ownMs);
  if (!result.changed) {
    const why = left.length > 0 ? left.join('; ') : 'nothing in it may be left out';
    call.trail.decide({ stage: STAGE, action: 'left', why, details });
    return call;
  }
  const why = `${tokensAfter} of ${tokensBefore} tokens kept (${task.task}, ${task.from})`;
  call.trail.decide({
    stage: STAGE,
    action: 'compressed',
    why,
    details,
    instead: { avoided: { input: tokensBefore - tokensAfter } },
  });
  call.trail.tell('x-illm-compress', `${tokensAfter}/${tokensBefore}`);
  const shorter: Call = { ...call, prompt: () => prompt, rewritten: true };
  if (settings.guard && random() < settings.guard.share)
    void check(deps, {
      next,
      original: call,
      compressed: shorter,
      task: task.task,
      settings: settings.guard,
    });
  return shorter;
}

function detailsOf(
  settings: CompressSettings,
  { task, tokensBefore, tokensAfter, exact, spans, kept, protectedTokens }: CompressedPrompt,
  model: string,
  ownMs: number,
): JsonObject {
  return {
    task: task.task,
    taskFrom: task.from,
    method: settings.method,
    ...(settings.method === 'extractive' && { scorer: settings.scorer }),
    tokensBefore,
    tokensAfter,
    tokensOf: model,
    exact,
    spans,
    kept,
    protect: [...settings.protect],
    protectedTokens: { ...protectedTokens },
    ownMs,
  };
}

function bookTime(call: Call, { machineHourlyUsd }: CompressSettings, ms: number): void {
  if (machineHourlyUsd === null) return;
  call.trail.spent({ stage: STAGE, why: "the compressor's own time", cost: timeCost(ms, machineHourlyUsd) });
}

/** A lever that only saves must not fail a call: the client gets its answer, and the operator the reason. */
function whyNot({ log }: CompressDeps, call: Call, error: unknown): string {
  if (isCallError(error)) {
    if (error.code === 'invalid_request' || error.code === 'client_aborted') throw error;
    return error.message;
  }
  log.error('a prompt could not be compressed', { callId: call.id, error });
  return 'the compressor failed; the log says why';
}

/** A share to keep, as the client wishes it; null when the header says none. */
function wishedRatio(wish: string | undefined): number | null {
  if (wish === undefined) return null;
  const ratio = Number(wish);
  if (!(ratio > 0 && ratio <= 1))
    throw new CallError(
      'invalid_request',
      `x-illm-compress must be "off" or the share of tokens to keep, such as 0.5; it is ${JSON.stringify(wish.slice(0, 40))}.`,
      { param: 'x-illm-compress' },
    );
  return ratio;
}
