import type { Call } from '../core/call.ts';
import type { Dialect, Framing } from '../core/dialect.ts';
import type { Part, UsagePart } from '../core/part.ts';
import type { TokenCounter } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import { usageOf } from '../core/usage.ts';
import { promptText } from '../text/index.ts';
import { readBeginning } from './read-answer.ts';

/**
 * What a call consumed as far as can be told from what went in and came out, for when the provider's own count never
 * came. Marked `estimated`, so that nobody takes it for the bill.
 */
export async function estimateUsage(
  call: Call,
  dialect: Dialect,
  target: Target,
  seen: readonly Part[],
  framing: Framing,
  tokens: TokenCounter,
): Promise<UsagePart | null> {
  if (call.operation !== 'generate' && call.operation !== 'embed') return null;
  const asked = call.operation === 'generate' ? promptText(call.prompt()) : embedText(call);
  const input = await tokens.count(asked, target.model);
  const output = await tokens.count(answerText(seen, dialect, call.stream, framing), target.model);
  return {
    type: 'usage',
    source: 'estimated',
    usage: usageOf({ input: input.tokens, output: output.tokens }),
  };
}

function embedText(call: Call): string {
  return call
    .embedding()
    .inputs.map((input) => (typeof input === 'string' ? input : ' a'.repeat(input.length)))
    .join('\n');
}

/** The text a client has been sent: from typed parts, or from relayed bytes as far as they can be read. */
export function answerText(
  seen: readonly Part[],
  dialect: Dialect,
  stream: boolean,
  framing: Framing,
): string {
  let text = '';
  for (const part of seen) {
    if (part.type === 'text-delta' || part.type === 'reasoning-delta') text += part.text;
    else if (part.type === 'tool-call-start') text += part.name;
    else if (part.type === 'tool-call-delta') text += part.arguments;
  }
  if (!stream || text !== '') return text;
  return answerText(readBeginning(dialect, seen, framing), dialect, false, framing);
}
