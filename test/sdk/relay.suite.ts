import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ProviderApi } from '../fakes/index.ts';
import { gateway } from './shared-gateway.ts';

interface Sent {
  readonly api: ProviderApi;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const ANTHROPIC = { 'anthropic-version': '2023-06-01' };

/** Bodies as no serialiser writes them: odd whitespace, escapes, order, and fields that the provider may not know. */
const SENT: Readonly<Record<string, Sent>> = {
  'openai chat': {
    api: 'openai',
    path: '/v1/chat/completions',
    body: '{ "messages" :[{"content":"h\\u0069 \\/ \\ud83d\\ude00","role":"user"} ],\n\t"model": "gpt-4o-mini",  "x_new_field":{"a":[1, 2.50]}}\n',
  },
  'openai responses': {
    api: 'openai',
    path: '/v1/responses',
    body: '{"input":"h\\u0069",\r\n "x_new_field" : 1e3 ,"model":"gpt-4o-mini"}',
  },
  anthropic: {
    api: 'anthropic',
    path: '/v1/messages',
    headers: ANTHROPIC,
    body: '{ "model":"claude-sonnet-4-5","x_new_field":null,  "messages":[{"role":"user","content":"h\\u0069"}],"max_tokens":100 }',
  },
  gemini: {
    api: 'google',
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    body: '{"contents" : [ {"parts":[{"text":"h\\u0069"}]} ], "x_new_field":true }',
  },
};

/** Answers as no parser of ours expects them in every detail. */
const ANSWERS: Readonly<Record<string, string>> = {
  'openai chat':
    '{ "id":"chatcmpl-1","object":"chat.completion","x_new":[ 1.0 ],"created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"\\u0048i"},"finish_reason":"stop"}],\n"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}\n\n',
  'openai responses':
    '{"id":"resp_1","object":"response", "status":"completed","model":"gpt-4o-mini","output":[{"type":"x_new_item","id":"x"},{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"\\u0048i","annotations":[]}]}],"usage":{"input_tokens":10,"output_tokens":4,"total_tokens":14}}',
  anthropic:
    '{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"\\u0048i"},{"type":"x_new_block"}],"stop_reason":"end_turn" ,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":4}}',
  gemini:
    '{"candidates":[{"content":{"parts":[{"text":"\\u0048i"}],"role":"model"},"finishReason":"STOP","x_new":1}],  "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14}}',
};

async function post(sent: Pick<Sent, 'path' | 'headers'>, body: string, test = ''): Promise<Response> {
  return fetch(gateway.origin + sent.path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...sent.headers,
      ...(test && { 'x-illm-tags': `test=${test}` }),
    },
    body,
  });
}

describe.each(Object.entries(SENT))('a relay of %s', (name, sent) => {
  it('passes both bodies on byte for byte, and prices the call', async () => {
    const test = randomUUID();
    const fake = gateway.providers[sent.api];
    const answer = ANSWERS[name]!;
    fake.failNext({ kind: 'status', status: 200, body: answer });
    const response = await post(sent, sent.body, test);
    expect(await response.text()).toBe(answer);
    expect(fake.requests[0]?.body.toString()).toBe(sent.body);
    expect(fake.requests[0]?.url).toBe(sent.path);
    const [row] = await gateway.calls({ tag: `test:${test}` });
    expect(row).toMatchObject({ status: 'ok', usage: { input: 10, output: 4 }, unpriced: false });
    expect(response.headers.get('x-illm-call-id')).toBe(row!.id);
    expect(response.headers.get('x-illm-cost-usd')).toBe(row!.costUsd);
  });

  it('shows the provider our key and none of our headers', async () => {
    const fake = gateway.providers[sent.api];
    await (await post(sent, sent.body, 'x')).text();
    const headers = JSON.stringify(fake.requests[0]?.headers);
    expect(headers).not.toContain('x-illm');
    expect(headers).toMatch(/fake/);
  });

  it("passes the provider's own refusal on byte for byte", async () => {
    const direct = gateway.providers[sent.api];
    const refusal = ` {"error" : "as odd as it is", "for":"${name}" }`;
    direct.failNext({ kind: 'status', status: 422, body: refusal });
    const response = await post(sent, sent.body);
    expect([response.status, await response.text()]).toEqual([422, refusal]);
  });
});

/** Streams with comments, CRLF, other event names and unknown fields. */
const STREAMS: Readonly<Record<string, { readonly sent: Sent; readonly stream: string }>> = {
  'openai chat': {
    sent: {
      ...SENT['openai chat']!,
      body: '{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}',
    },
    stream: [
      ': a comment\n\n',
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":"\\u0048"},"finish_reason":null}],"obfuscation":"abc"}\n\n',
      'data:{"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"i","x_new":1},"finish_reason":null}]}\r\n\r\n',
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}\n\n',
      'data: [DONE]\n\n',
    ].join(''),
  },
  anthropic: {
    sent: {
      ...SENT['anthropic']!,
      body: '{"model":"claude-sonnet-4-5","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
    },
    stream: [
      'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}\n\n',
      'event: x_new_event\ndata: {"type":"x_new_event"}\n\n',
      'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\u0048i"}}\n\n',
      'event: ping\ndata: {"type": "ping"}\n\n',
      'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ].join(''),
  },
  gemini: {
    sent: {
      api: 'google',
      path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      body: '{"contents":[{"parts":[{"text":"hi"}]}]}',
    },
    stream: [
      'data: {"candidates":[{"content":{"parts":[{"text":"\\u0048"}],"role":"model"}}],"x_new":1}\r\n\r\n',
      'data: {"candidates":[{"content":{"parts":[{"text":"i"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14}}\r\n\r\n',
    ].join(''),
  },
  'gemini, as a JSON array': {
    sent: {
      api: 'google',
      path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
      body: '{"contents":[{"parts":[{"text":"hi"}]}]}',
    },
    stream:
      '[{\n  "candidates": [{"content":{"parts":[{"text":"a ]} , [\\" b"}],"role":"model"}}]\n}\n,\r\n{"candidates":[{"content":{"parts":[{"text":"i"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14}}\n]\n',
  },
};

describe.each(Object.entries(STREAMS))('a relayed stream of %s', (_name, { sent, stream }) => {
  it('passes on byte for byte, and is metered on the side', async () => {
    const test = randomUUID();
    const fake = gateway.providers[sent.api];
    const value = stream.startsWith('[') ? 'application/json' : 'text/event-stream';
    fake.failNext({ kind: 'status', status: 200, headers: { 'content-type': value }, body: stream });
    const response = await post(sent, sent.body, test);
    expect(await response.text()).toBe(stream);
    expect(response.headers.get('content-type')).toBe(value);
    expect(fake.requests[0]?.body.toString()).toBe(sent.body);
    const [row] = await gateway.calls({ tag: `test:${test}` });
    expect(row).toMatchObject({
      status: 'ok',
      stream: true,
      usage: { input: 10, output: 4 },
      usageSource: 'provider',
      unpriced: false,
    });
    expect(row!.ttftMs).not.toBeNull();
    expect(response.headers.get('x-illm-call-id')).toBe(row!.id);
  });
});

describe("usage in OpenAI's streams", () => {
  const path = '/v1/chat/completions';
  const stream = (extra: string): string =>
    `{"model":"gpt-4o-mini","stream":true${extra},"messages":[{"role":"user","content":"say exactly: one two three"}]}`;

  it('is asked for by the gateway and taken out again', async () => {
    const test = randomUUID();
    const text = await (await post({ path }, stream(''), test)).text();
    expect(gateway.providers.openai.requests[0]?.json()['stream_options']).toEqual({ include_usage: true });
    expect(text).not.toContain('"prompt_tokens"');
    expect(text).not.toContain('"choices":[]');
    expect(text).toContain('one two');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const [row] = await gateway.calls({ tag: `test:${test}` });
    expect(row).toMatchObject({ usageSource: 'provider', usage: { output: 4 } });
  });

  it('stays in when the client asked for it', async () => {
    const text = await (await post({ path }, stream(',"stream_options":{"include_usage":true}'))).text();
    expect(text).toContain('"prompt_tokens"');
  });

  it('is asked for beside other options of the client', async () => {
    const asked = ',"stream_options":{"include_obfuscation":false,"include_usage":false}';
    const text = await (await post({ path }, stream(asked))).text();
    expect(gateway.providers.openai.requests[0]?.json()['stream_options']).toEqual({
      include_obfuscation: false,
      include_usage: true,
    });
    expect(text).not.toContain('"prompt_tokens"');
  });
});

describe('an alias', () => {
  it('changes the name of the model in the body, and not another byte', async () => {
    const body =
      '{ "messages":[{"role":"user","content":"the \\"model\\" on-openai"}] ,"model" :\t"on-openai" }';
    await (await post({ path: '/v1/chat/completions' }, body)).text();
    const received = gateway.providers.openai.requests[0]?.body.toString();
    expect(received).toBe(body.replace('\t"on-openai"', '\t"gpt-4o-mini"'));
  });
});
