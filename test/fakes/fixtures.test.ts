import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { usageOf } from '../../src/core/usage.ts';
import { answer, endpointsOf } from '../../src/demo/provider/api.ts';
import type { ProviderApi } from '../../src/demo/provider/api.ts';
import type { Ask } from '../../src/demo/provider/ask.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import type { Scenario } from '../../src/demo/provider/scenario.ts';
import { createWorld } from '../../src/demo/provider/world.ts';

const DIRECTORY = fileURLToPath(new URL('fixtures/', import.meta.url));

const SCENARIOS: Readonly<Record<string, (ask: Ask) => Scenario>> = {
  text: (ask) =>
    scenarioOf(ask, {
      text: ['Hello', ' wörld', ', how are', ' you?'],
      usage: usageOf({ input: 20, cacheRead: 80, output: 7 }),
    }),
  reasoning: (ask) =>
    scenarioOf(ask, {
      reasoning: ['First I', ' think.'],
      text: ['Then', ' I speak.'],
      usage: usageOf({ input: 20, output: 19, reasoning: 12 }),
    }),
  tools: (ask) =>
    scenarioOf(ask, {
      text: ['Let me', ' look.'],
      toolCalls: [
        { name: 'weather', arguments: { city: 'Köln', days: 2 } },
        { name: 'clock', arguments: {} },
      ],
      usage: usageOf({ input: 60, output: 31 }),
    }),
};

interface Wire {
  readonly api: ProviderApi;
  readonly path: string;
  readonly body: JsonObject;
}

const messages = [{ role: 'user', content: 'hi' }];
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const GEMINI = '/v1beta/models/gemini-2.5-flash';

const WIRES: Readonly<Record<string, Wire>> = {
  'openai-chat.json': { api: 'openai', path: '/v1/chat/completions', body: { model: 'gpt-4o', messages } },
  'openai-chat.sse': {
    api: 'openai',
    path: '/v1/chat/completions',
    body: { model: 'gpt-4o', messages, stream: true, stream_options: { include_usage: true } },
  },
  'vllm-chat.sse': {
    api: 'openai-compatible',
    path: '/v1/chat/completions',
    body: { model: 'llama', messages, stream: true, stream_options: { include_usage: true } },
  },
  'openai-responses.json': {
    api: 'openai',
    path: '/v1/responses',
    body: { model: 'gpt-5', input: 'hi', reasoning: { summary: 'auto' } },
  },
  'openai-responses.sse': {
    api: 'openai',
    path: '/v1/responses',
    body: { model: 'gpt-5', input: 'hi', reasoning: { summary: 'auto' }, stream: true },
  },
  'anthropic.json': {
    api: 'anthropic',
    path: '/v1/messages',
    body: { model: 'claude-sonnet-4-5', max_tokens: 50, messages },
  },
  'anthropic.sse': {
    api: 'anthropic',
    path: '/v1/messages',
    body: { model: 'claude-sonnet-4-5', max_tokens: 50, messages, stream: true },
  },
  'gemini.json': { api: 'google', path: `${GEMINI}:generateContent`, body: { contents } },
  'gemini.sse': { api: 'google', path: `${GEMINI}:streamGenerateContent?alt=sse`, body: { contents } },
  'gemini.array.json': { api: 'google', path: `${GEMINI}:streamGenerateContent`, body: { contents } },
};

const cases = Object.entries(SCENARIOS).flatMap(([name, script]) =>
  Object.entries(WIRES).map(([file, wire]) => ({ file: `${name}.${file}`, script, wire })),
);

/** The fixtures are what the simulated provider says, so that a change of its wire formats is seen in review. */
describe('synthetic fixtures', () => {
  it.each(cases)('$file', async ({ file, script, wire }) => {
    const { pathname, searchParams } = new URL(wire.path, 'http://provider');
    const { status, chunks } = answer(
      endpointsOf(wire.api, []),
      {
        method: 'POST',
        path: pathname,
        query: searchParams,
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer key',
          'x-api-key': 'key',
          'x-goog-api-key': 'key',
          'anthropic-version': '2023-06-01',
        },
        body: Buffer.from(JSON.stringify(wire.body)),
      },
      createWorld({ script, now: () => Date.UTC(2026, 0, 1) }),
    );
    expect(status).toBe(200);
    await expect(chunks.join('')).toMatchFileSnapshot(DIRECTORY + file);
  });
});
