import OpenAI from 'openai';
import { expect } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { picoFromUsd } from '../../src/core/money.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { TOO_LONG } from '../fakes/index.ts';
import type { HarnessOptions } from '../harness.ts';

/** About 3,400 tokens of sentences that differ. */
export const DOCUMENT = Array.from(
  { length: 200 },
  (_, index) =>
    `Entry ${index + 1} of the harbour log: ship ${index * 7 + 3} paid a toll of ${index * 13 + 5} guilders.`,
).join(' ');
export const QUESTION = 'How much toll did ship 703 pay?';

export const DOCUMENT_ASKED: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'You read logs.' },
  { role: 'user', content: `${DOCUMENT}\n\n${QUESTION}` },
];

export const refusedAt = (
  window: number,
  needed: number,
): { kind: 'status'; status: number; body: string } => ({
  kind: 'status',
  status: 400,
  body: JSON.stringify({
    error: {
      message: `This model's maximum context length is ${window} tokens. However, your messages resulted in ${needed} tokens. Please reduce the length of the messages.`,
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
  }),
});

export const TURNS: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'You are brief.' },
  ...Array.from({ length: 12 }, (_, turn): OpenAI.ChatCompletionMessageParam[] => [
    { role: 'user', content: `Look up number ${turn}. ${'The weather was fine that day. '.repeat(8)}` },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: `call_${turn}`, type: 'function', function: { name: 'look_up', arguments: `{"n":${turn}}` } },
      ],
    },
    { role: 'tool', tool_call_id: `call_${turn}`, content: `Record ${turn}: ${'a fact, '.repeat(20)}` },
    { role: 'assistant', content: `Number ${turn} is done.` },
  ]).flat(),
  { role: 'user', content: QUESTION },
];
export const TOOLS: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: { name: 'look_up', parameters: { type: 'object', properties: { n: { type: 'number' } } } },
  },
];

export function expectWholePairs(body: JsonObject): void {
  const messages = body['messages'] as unknown as OpenAI.ChatCompletionMessageParam[];
  const called = messages.flatMap((message) =>
    message.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : [],
  );
  const answered = messages.flatMap((message) => (message.role === 'tool' ? [message.tool_call_id] : []));
  expect(answered).toEqual(called);
  expect(called.length).toBeGreaterThan(0);
}

export async function failure(promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
  }
  throw new Error('did not fail');
}

/** $2.50 and $10 for a million tokens: 2,500,000 and 10,000,000 picodollars a token. */
export const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }],
};
const PICO_INPUT = 2_500_000n;
const PICO_OUTPUT = 10_000_000n;

/** What a server of this name says when a prompt is too long. */
export const refusal = (server: string): { kind: 'status'; status: number; body: string } => {
  const found = TOO_LONG.find((each) => each.server === server);
  if (!found) throw new Error(`no refusal of ${server}`);
  return { kind: 'status', status: found.status, body: found.body };
};

/** The row's cost is that of all that was billed, to the last decimal, and so is its usage. */
export function expectPaid(
  row: CallRecord,
  billed: readonly { readonly input: number; readonly output: number }[],
  refused = 0,
): void {
  // The first were refused, and a refusal costs nothing.
  const paid = billed.slice(refused);
  const input = paid.reduce((sum, each) => sum + each.input, 0);
  const output = paid.reduce((sum, each) => sum + each.output, 0);
  expect(row.usage).toEqual(usageOf({ input, output }));
  expect(picoFromUsd(row.costUsd ?? '-1')).toBe(BigInt(input) * PICO_INPUT + BigInt(output) * PICO_OUTPUT);
}

export const textOf = (body: JsonObject): string => JSON.stringify(body['messages']);
