import type { Call } from '../core/call.ts';
import { isCallError } from '../core/errors.ts';
import type { Part } from '../core/part.ts';
import type { Handler, Stage, TokenCounter } from '../core/ports.ts';
import { promptText } from '../text/index.ts';

/** Counts a prompt's tokens here where the target has no endpoint for it, and says so. */
export function countLocally(tokens: TokenCounter): Stage {
  return (next) =>
    function countingLocally(call) {
      return call.operation === 'count-tokens' ? count(call, next, tokens) : next(call);
    };
}

async function* count(call: Call, next: Handler, tokens: TokenCounter): AsyncIterable<Part> {
  const { target } = call;
  try {
    yield* next(call);
    return;
  } catch (error) {
    if (!target || !isCallError(error) || error.code !== 'unsupported') throw error;
  }
  const counted = await tokens.count(promptText(call.prompt()), target.model);
  const why = `${target.provider} counts no tokens; this is ${counted.exact ? "a count with the model's tokenizer" : 'an estimate'} of the text alone`;
  call.trail.decide({ stage: 'count', action: 'counted-locally', why });
  yield { type: 'head', status: 200, headers: {}, target, warnings: [why] };
  yield { type: 'token-count', inputTokens: counted.tokens };
  yield { type: 'finish', reason: 'stop' };
}
