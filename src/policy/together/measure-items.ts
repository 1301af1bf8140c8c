import type { Prompt } from '../../core/content.ts';
import type { TokenCounter } from '../../core/ports.ts';
import { type Usage, usageOf } from '../../core/usage.ts';
import { promptText } from '../../text/index.ts';
import type { Weight } from './share.ts';

/** Tokens that chat templates put around each message. */
const MESSAGE_OVERHEAD = 4;

/** What each item takes, by the gateway's own count. */
export interface MeasuredItem {
  /** Of the answer alone; 0 without one. */
  readonly answerTokens: number;
  /** What the call would have consumed by itself. */
  readonly own: Usage;
  readonly weight: Weight;
}

export interface Item {
  readonly text: string;
  readonly answer: string | null;
}

/**
 * Estimates what each call would have consumed by itself: instructions, its own question, its own answer. Instructions
 * that the provider's cache gave to the common question are taken to have come from there for each call.
 */
export async function measureItems(
  tokens: TokenCounter,
  model: string,
  prompt: Prompt,
  cacheRead: number,
  items: readonly Item[],
): Promise<MeasuredItem[]> {
  const count = async (text: string): Promise<number> =>
    text === '' ? 0 : (await tokens.count(text, model)).tokens;
  const messages = prompt.messages.slice(0, -1);
  const around = MESSAGE_OVERHEAD * prompt.messages.length;
  const [shared, ...counted] = await Promise.all([
    count(promptText({ ...prompt, messages })),
    ...items.map(async ({ text, answer }) => ({
      input: await count(text),
      output: await count(answer ?? ''),
    })),
  ]);
  const read = Math.min(cacheRead, shared);
  return counted.map(({ input, output }) => ({
    answerTokens: output,
    own: usageOf({ input: shared + around + input - read, cacheRead: read, output }),
    weight: { input: Math.max(1, shared + around + input), output: Math.max(1, output) },
  }));
}
