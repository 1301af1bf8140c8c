import { afterEach, describe, expect, it } from 'vitest';
import type { Call } from '../core/call.ts';
import type { Prompt } from '../core/content.ts';
import type { JsonObject } from '../core/json.ts';
import {
  callOf,
  chatStream,
  completion,
  json,
  rig,
  type Rig,
  send,
  serve,
  type TestServer,
  typesOf,
} from './rig.contract.ts';

const CHAT_URL = '/v1/chat/completions';
const BODY: JsonObject = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'Be brief.', name: 'boss' },
    { role: 'user', content: 'A very long story.', name: 'ann', odd: 1 },
    { role: 'user', content: [{ type: 'text', text: 'What was it?' }], name: 'ben' },
  ],
  logit_bias: { '5': 1 },
  temperature: 0.5,
};

let server: TestServer;
let upstreams: Rig;

afterEach(async () => {
  await server.close();
  await upstreams.upstreams.close();
});

/** The call with its second message shortened. */
function shortened(body: JsonObject): Call {
  const call = callOf('openai-chat', CHAT_URL, body);
  const received = call.prompt();
  const messages = received.messages.map((message, index) =>
    index === 1 && message.role === 'user'
      ? { ...message, content: [{ type: 'text' as const, text: 'A story.' }] }
      : message,
  );
  return { ...call, received: () => received, prompt: () => ({ ...received, messages }), rewritten: true };
}

function sent(): JsonObject {
  return JSON.parse(server.received[0]?.body ?? '{}') as JsonObject;
}

describe('a rewritten request in the dialect of its client', () => {
  it('keeps all that did not change as the client wrote it, and relays the answer', async () => {
    server = await serve((res) => json(res, 200, completion));
    upstreams = rig([{ baseUrl: `${server.origin}/v1/` }]);
    const { parts, error } = await send(upstreams, shortened(BODY));
    expect(error).toBeNull();
    expect(sent()).toEqual({
      ...BODY,
      messages: [
        (BODY['messages'] as JsonObject[])[0],
        { role: 'user', content: 'A story.' },
        (BODY['messages'] as JsonObject[])[2],
      ],
    });
    expect(typesOf(parts)).toContain('wire');
    expect(parts[0]).toMatchObject({
      warnings: expect.arrayContaining([expect.stringContaining('messages[1].odd')]) as unknown,
    });
  });

  it('asks for the usage of a stream as a relay does', async () => {
    server = await serve((res) => chatStream(res));
    upstreams = rig([{ baseUrl: `${server.origin}/v1/` }]);
    const { error } = await send(upstreams, shortened({ ...BODY, stream: true }));
    expect(error).toBeNull();
    expect(sent()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it('only adds to lists and tables that grew', async () => {
    server = await serve((res) => json(res, 500, {}));
    upstreams = rig([{ baseUrl: `${server.origin}/v1/` }]);
    const body = {
      model: 'gpt-4o',
      input: 'Hi',
      include: ['file_search_call.results'],
      tools: [{ type: 'web_search' }],
      text: { verbosity: 'low' },
    };
    const call = callOf('openai-responses', '/v1/responses', body);
    const received = call.prompt();
    const prompt: Prompt = {
      ...received,
      logprobs: { top: 2 },
      tools: [{ name: 'look', parameters: { type: 'object' } }],
      format: { kind: 'json' },
    };
    await send(upstreams, { ...call, received: () => received, prompt: () => prompt, rewritten: true });
    expect(sent()).toMatchObject({
      ...body,
      include: ['file_search_call.results', 'message.output_text.logprobs'],
      top_logprobs: 2,
      tools: [{ type: 'web_search' }, { type: 'function', name: 'look' }],
      text: { verbosity: 'low', format: { type: 'json_object' } },
    });
  });

  it('comes in parts, whole, when a stage must read it', async () => {
    server = await serve((res) => json(res, 200, completion));
    upstreams = rig([{ baseUrl: `${server.origin}/v1/` }]);
    const call = { ...shortened({ ...BODY, stream: true }), typed: true, stream: false };
    const { parts, error } = await send(upstreams, call);
    expect(error).toBeNull();
    expect(sent()).toMatchObject({ logit_bias: { '5': 1 }, temperature: 0.5 });
    expect(sent()).not.toHaveProperty('stream_options');
    expect([false, undefined]).toContain(sent()['stream']);
    expect(typesOf(parts)).toEqual(
      expect.arrayContaining(['head', 'text-start', 'text-delta', 'text-end', 'usage', 'finish']),
    );
  });
});
