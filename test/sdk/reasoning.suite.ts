import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../fakes/index.ts';
import type { Ask, ProviderApi } from '../fakes/index.ts';
import { gateway } from './shared-gateway.ts';

const THOUGHTS = ['First I wonder ', 'why "they" ask.'];
const SAID = ['Then I ', 'answer.'];
const USED = usageOf({ input: 1000, output: 500, reasoning: 320 });

let asks: Ask[];
/** Thoughts and an answer from every provider; what was asked is kept. */
function think(): void {
  asks = [];
  for (const fake of Object.values(gateway.providers)) {
    fake.script((ask) => {
      asks.push(ask);
      return scenarioOf(ask, { reasoning: ask.reasons ? THOUGHTS : [], text: SAID, usage: USED });
    });
  }
}

interface Client {
  readonly name: string;
  path(model: string, stream: boolean): string;
  body(model: string, stream: boolean): JsonObject;
}

/** A question that asks for visible thoughts, in each dialect that can. */
const CLIENTS: readonly Client[] = [
  {
    name: 'OpenAI responses',
    path: () => '/v1/responses',
    body: (model, stream) => ({ model, input: 'hi', stream, reasoning: { effort: 'high', summary: 'auto' } }),
  },
  {
    name: 'Anthropic',
    path: () => '/v1/messages',
    body: (model, stream) => ({
      model,
      stream,
      max_tokens: 4000,
      messages: [{ role: 'user', content: 'hi' }],
      thinking: { type: 'enabled', budget_tokens: 2000 },
    }),
  },
  {
    name: 'Gemini',
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: () => ({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } },
    }),
  },
];

/** Providers that show thoughts, and those of them that count them apart. */
const SHOWING: readonly (readonly [ProviderApi, string, boolean])[] = [
  ['anthropic', 'anthropic/claude-sonnet-4-5', true],
  ['google', 'google/gemini-2.5-flash', true],
  ['openai-compatible', 'our-vllm/qwen3-32b', false],
];

async function ask(path: string, body: JsonObject, test: string): Promise<string> {
  const response = await fetch(gateway.origin + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-illm-tags': `test=${test}`,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect([response.status, response.ok ? '' : text]).toEqual([200, '']);
  return text;
}

/** All strings of JSON or SSE answers, joined: enough to see whether the pieces of a text are there in order. */
function said(answer: string): string {
  const strings: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'string') strings.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  for (const line of answer.startsWith('{') ? [answer] : answer.split(/\r?\n/)) {
    const json = line.replace(/^data: ?/, '');
    if (json.startsWith('{')) walk(JSON.parse(json));
  }
  return strings.join('\u0000');
}

describe.each(CLIENTS)('thoughts for $name', (client) => {
  beforeEach(think);

  describe.each(SHOWING)('from %s', (_api, model, counted) => {
    it.each([false, true])('are shown and counted, streamed: %s', async (stream) => {
      const test = randomUUID();
      const answer = await ask(client.path(model, stream), client.body(model, stream), test);
      expect(asks[0]?.reasons).toBe(true);
      const text = said(answer);
      for (const piece of stream ? [...THOUGHTS, ...SAID] : [THOUGHTS.join(''), SAID.join('')])
        expect(text).toContain(piece);
      expect(text.indexOf(THOUGHTS[0]!)).toBeLessThan(text.indexOf(SAID[0]!));
      expect(await gateway.calls({ tag: `test:${test}` })).toMatchObject([
        { status: 'ok', usage: { output: 500, reasoning: counted ? 320 : 0 } },
      ]);
    });
  });

  it('from OpenAI are asked for with their effort', async () => {
    const test = randomUUID();
    const model = 'openai/gpt-5-mini';
    await ask(client.path(model, false), client.body(model, false), test);
    expect(asks[0]?.reasons).toBe(true);
    expect(await gateway.calls({ tag: `test:${test}` })).toMatchObject([
      { usage: { output: 500, reasoning: 320 } },
    ]);
  });
});

describe('thoughts that are sent back', () => {
  const tools = [{ name: 'look', input_schema: { type: 'object', properties: {} } }];
  const question = { role: 'user', content: 'hi' };
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  const result = (id: string) => ({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: id, content: 'seen' }],
  });

  it.each(['anthropic/claude-sonnet-4-5', 'google/gemini-3-pro-preview', 'our-vllm/qwen3-32b'])(
    'by an Anthropic client are taken by %s, its own signature with them',
    async (model) => {
      for (const fake of Object.values(gateway.providers)) {
        fake.script((asked) =>
          asked.toolResults.length > 0
            ? scenarioOf(asked, { text: ['I saw ', asked.toolResults.join()] })
            : scenarioOf(asked, { reasoning: THOUGHTS, toolCalls: [{ name: 'look', arguments: {} }] }),
        );
      }
      const base = { model, max_tokens: 3000, tools, thinking };
      const first = JSON.parse(await ask('/v1/messages', { ...base, messages: [question] }, 'a')) as {
        content: { type: string; id: string }[];
      };
      const call = first.content.find(({ type }) => type === 'tool_use')!;
      const messages = [question, { role: 'assistant', content: first.content }, result(call.id)];
      const second = await ask('/v1/messages', { ...base, messages }, 'a');
      expect(second).toContain('I saw seen');
    },
  );
});
