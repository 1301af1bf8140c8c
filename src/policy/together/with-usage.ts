import type { UsagePart } from '../../core/part.ts';
import type { TokenCounter } from '../../core/ports.ts';
import type { Target } from '../../core/target.ts';
import { usageOf } from '../../core/usage.ts';
import { promptText } from '../../text/index.ts';
import type { Round } from './ask-round.ts';

/**
 * A round that was broken off, or whose provider tells no usage, with an estimate of what it consumed, as a call of its
 * own would have.
 * @param givenUp true when it was broken off since nobody waited any more: the provider has read the question at least
 */
export async function withUsage(round: Round, tokens: TokenCounter, givenUp: boolean): Promise<Round> {
  const { consumed, head, trail, usage } = round;
  const target = head?.target ?? trail.lastTarget;
  const unknown = usage === null && (consumed || (givenUp && trail.attempts > 0 && head?.stored !== true));
  if (!unknown || !target) return round;
  const estimated = await estimate(round, target, tokens);
  const known = head ?? { type: 'head', status: 200, headers: {}, target, warnings: [] };
  return { ...round, head: known, usage: estimated, consumed: true };
}

/** Null where it cannot be counted: then what it cost is not known. */
async function estimate(
  { prompt, text }: Round,
  { model }: Target,
  tokens: TokenCounter,
): Promise<UsagePart | null> {
  try {
    const input = await tokens.count(promptText(prompt), model);
    const output = text === '' ? 0 : (await tokens.count(text, model)).tokens;
    return { type: 'usage', source: 'estimated', usage: usageOf({ input: input.tokens, output }) };
  } catch {
    return null;
  }
}
