import type { Call } from '../../core/call.ts';
import { isCallError } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import type { Stage } from '../../core/ports.ts';

const NOTHING: AsyncIterable<Part> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

/**
 * Holds back in its budgets what a call may cost that a provider answers later, until its row is settled. Limits of rates
 * are for calls that are made now: a provider's batch has none of them.
 */
export function reserveOnly(reserve: Stage | null): (call: Call) => Promise<Call> {
  if (!reserve) return async (call) => call;
  return async (call) => {
    let sent = call;
    const held = reserve((bounded) => {
      sent = bounded;
      return NOTHING;
    });
    try {
      for await (const part of held(call)) void part;
    } catch (error) {
      if (!isCallError(error) || error.code !== 'rate_limited') throw error;
    }
    return sent;
  };
}
