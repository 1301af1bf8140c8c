import { abortSignalOf, type CallSignal } from '../../core/call-signal.ts';
import { CallError, type ErrorCode, isCallError } from '../../core/errors.ts';
import { handover, readOpening } from '../../core/handover.ts';
import type { Clock, Random, Stage } from '../../core/ports.ts';
import type { RetrySettings } from '../../core/settings.ts';
import { pauseMs } from './pause.ts';

export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** The settings in force, asked anew for every call. */
  readonly settings: () => RetrySettings;
}

/**
 * Tries the same target again, while the answer has not begun and where that can help. The first parts are kept back
 * until there is a token, since a stream may die before.
 */
export function retryStage({ clock, random, settings }: RetryDeps): Stage {
  return (next) =>
    function retry(call) {
      return handover(async (reading) => {
        const begun = clock.ticks();
        for (let tries = 1; ; tries++) {
          reading.from = next(call)[Symbol.asyncIterator]();
          try {
            return await readOpening(reading.from);
          } catch (error) {
            const tried = { tries, elapsedMs: clock.ticks() - begun };
            const pause = pauseMs(error, tried, settings(), random);
            if (pause === null || reading.closed || call.signal.aborted) throw error;
            const why = `${codeOf(error)} at try ${tries}; trying again after ${pause} ms`;
            call.trail.decide({ stage: 'retry', action: 'retried', why });
            await sleep(clock, pause, call.signal);
          }
        }
      });
    };
}

async function sleep(clock: Clock, ms: number, signal: CallSignal): Promise<void> {
  try {
    await clock.sleep(ms, abortSignalOf(signal));
  } catch (cause) {
    throw new CallError('client_aborted', 'Nobody waits for this answer any more.', { cause });
  }
}

function codeOf(error: unknown): ErrorCode {
  return isCallError(error) ? error.code : 'internal';
}
