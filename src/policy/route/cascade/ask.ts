import type { Call } from '../../../core/call.ts';
import { isCallError } from '../../../core/errors.ts';
import type { Reading } from '../../../core/handover.ts';
import type { Part } from '../../../core/part.ts';
import type { Handler } from '../../../core/ports.ts';
import { formatTarget, type Target } from '../../../core/target.ts';
import type { TellsNot } from './tells-not.ts';

/**
 * Asks a target for a typed answer and gives its parts one by one, with the likelihood of its tokens where the call's
 * rules need it. A target that refuses such a request is asked without.
 */
export async function ask(
  next: Handler,
  call: Call,
  target: Target,
  { tellsNot, reading, take }: { tellsNot: TellsNot; reading: Reading; take: (part: Part) => void },
): Promise<void> {
  const plain: Call = { ...call, target, typed: true };
  const name = formatTarget(target);
  let taken = 0;
  const read = async (asked: Call): Promise<void> => {
    for await (const part of next(asked)) {
      taken += 1;
      take(part);
      if (reading.closed) return;
    }
  };
  const wishes = call.plan.route.cascade.confidence !== null && call.prompt().logprobs === undefined;
  if (!wishes || tellsNot.has(name)) return await read(plain);
  try {
    await read(withLogprobs(plain));
  } catch (error) {
    const refused = isCallError(error) && (error.code === 'invalid_request' || error.code === 'unsupported');
    if (!refused || taken > 0 || reading.closed || call.signal.aborted) throw error;
    // Where it fails without as well, the request itself is at fault.
    await read(plain);
    tellsNot.add(name);
  }
}

function withLogprobs(call: Call): Call {
  const prompt = { ...call.prompt(), logprobs: { top: 0, ifPossible: true } } as const;
  return { ...call, prompt: () => prompt, rewritten: true };
}
