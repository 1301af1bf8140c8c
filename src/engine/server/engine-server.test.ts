import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineError } from '../ports.ts';
import { openRig, type Rig } from './engine-rig.contract.ts';
import { fakeEngine, type FakeEngineOptions } from './fake-engine.contract.ts';

const rigs: Rig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

async function open(options: Partial<FakeEngineOptions> = {}, server: Parameters<typeof openRig>[1] = {}) {
  const engine = fakeEngine({ answer: () => 'Good day', ...options });
  const rig = await openRig(engine, server);
  rigs.push(rig);
  const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: server.key ?? 'none', maxRetries: 0 });
  return { engine, rig, client };
}

const HELLO = { model: 'fake', messages: [{ role: 'user' as const, content: 'Hello' }] };

function refusal(promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  return promise.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => {
      if (error instanceof OpenAI.APIError) return error;
      throw error;
    },
  );
}

describe('chat completions', () => {
  it('answers whole, with what was used', async () => {
    const { client, engine } = await open();
    const answer = await client.chat.completions.create({ ...HELLO, temperature: 0, seed: 7, stop: ['x'] });
    expect(answer).toMatchObject({
      object: 'chat.completion',
      created: 1_764_000_000,
      model: 'fake',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Good day' },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: {
        prompt_tokens: 22,
        completion_tokens: 8,
        total_tokens: 30,
        prompt_tokens_details: { cached_tokens: 3 },
      },
    });
    expect(engine.requests[0]).toMatchObject({
      maxTokens: 1000 - 22,
      stop: ['x'],
      logprobs: null,
      sampling: { temperature: 0, seed: 7, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
    });
  });

  it('streams, role first, finish and usage last', async () => {
    const { client } = await open({ answer: () => 'Grüß' });
    const stream = await client.chat.completions.create({
      ...HELLO,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Grüß');
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 6 } });
  });

  it('makes several answers, the further ones once the first has begun, with seeds of their own', async () => {
    const order: string[] = [];
    const { client, engine } = await open({
      answer: ({ sampling }) => `seed ${sampling.seed}`,
      before: async () => void order.push('token'),
    });
    const answer = await client.chat.completions.create({
      ...HELLO,
      n: 3,
      seed: 5,
      max_completion_tokens: 50,
    });
    expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'seed 5'],
      [1, 'seed 6'],
      [2, 'seed 7'],
    ]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 22, completion_tokens: 18 });
    expect(engine.requests).toHaveLength(3);
  });

  it('tells log probabilities with the bytes of each token', async () => {
    const { client } = await open({ answer: () => 'é' });
    const answer = await client.chat.completions.create({ ...HELLO, logprobs: true, top_logprobs: 2 });
    expect(answer.choices[0]?.logprobs?.content).toEqual([
      {
        token: '\uFFFD',
        logprob: -0.5,
        bytes: [0xc3],
        top_logprobs: [
          { token: '\uFFFD', logprob: -0.5, bytes: [0xc3] },
          { token: '\uFFFD', logprob: -1.5, bytes: [0xc4] },
        ],
      },
      expect.objectContaining({ bytes: [0xa9] }),
    ]);
    const stream = await client.chat.completions.create({ ...HELLO, logprobs: true, stream: true });
    const content = [];
    for await (const { choices } of stream) content.push(...(choices[0]?.logprobs?.content ?? []));
    expect(content.map(({ bytes }) => bytes)).toEqual([[0xc3], [0xa9]]);
  });

  it('gives tools to the template, and finds their calls', async () => {
    const said = 'Let me see.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Ulm"}}\n</tool_call>';
    const { client, engine } = await open({ answer: () => said });
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }];
    const whole = await client.chat.completions.create({ ...HELLO, tools });
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Let me see.\n',
        tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Ulm"}' } }],
      },
    });
    expect(Buffer.from(engine.requests[0]?.prompt ?? []).toString()).toContain('"weather"');
    const streamed = client.chat.completions.stream({ ...HELLO, tools });
    const final = await streamed.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe('Let me see.\n');
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'weather' } });
    const none = await client.chat.completions.create({ ...HELLO, tools, tool_choice: 'none' });
    expect(none.choices[0]?.message.content).toBe(said);
  });
});

describe('completions', () => {
  it('takes text, token ids, and several of either', async () => {
    const { client, engine } = await open({ answer: ({ prompt }) => `<${prompt.length}>` });
    const ask = async (prompt: string | number[] | string[] | number[][]) =>
      (await client.completions.create({ model: 'fake', prompt, n: 1 })).choices.map(({ text }) => text);
    expect(await ask('abc')).toEqual(['<3>']);
    expect(await ask([1, 2])).toEqual(['<2>']);
    expect(await ask(['a', 'bcd'])).toEqual(['<1>', '<3>']);
    expect(await ask([[1], [2, 3]])).toEqual(['<1>', '<2>']);
    expect(engine.requests[0]?.maxTokens).toBe(16);
  });

  it('echoes the prompt, streamed too', async () => {
    const { client } = await open();
    const request = { model: 'fake', prompt: 'Say: ', echo: true, max_tokens: 4 } as const;
    const whole = await client.completions.create(request);
    expect(whole.choices[0]).toMatchObject({ text: 'Say: Good', finish_reason: 'length' });
    let text = '';
    for await (const chunk of await client.completions.create({ ...request, stream: true }))
      text += chunk.choices[0]?.text ?? '';
    expect(text).toBe('Say: Good');
  });

  it('tells log probabilities in parallel lists', async () => {
    const { client } = await open({ answer: () => 'aé' });
    const answer = await client.completions.create({ model: 'fake', prompt: 'p', logprobs: 2 });
    expect(answer.choices[0]?.logprobs).toEqual({
      tokens: ['a', 'bytes:\\xc3', 'bytes:\\xa9'],
      token_logprobs: [-0.5, -0.5, -0.5],
      top_logprobs: [
        { a: -0.5, b: -1.5 },
        { 'bytes:\\xc3': -0.5, 'bytes:\\xc4': -1.5 },
        { 'bytes:\\xa9': -0.5, 'bytes:\\xaa': -1.5 },
      ],
      text_offset: [0, 1, 1],
    });
  });

  it('tells log probabilities of an echoed prompt too, streamed or not', async () => {
    const { client } = await open({ answer: () => 'c' });
    const request = { model: 'fake', prompt: 'ab', echo: true, logprobs: 1, max_tokens: 1 } as const;
    const expected = {
      tokens: ['a', 'b', 'c'],
      token_logprobs: [null, -0.98, -0.5],
      top_logprobs: [null, null, { c: -0.5 }],
      text_offset: [0, 1, 2],
    };
    const whole = await client.completions.create(request);
    expect(whole.choices[0]).toMatchObject({ text: 'abc', logprobs: expected });
    const chunks = [];
    for await (const chunk of await client.completions.create({ ...request, stream: true }))
      chunks.push(chunk);
    expect(chunks[0]?.choices[0]).toMatchObject({ text: 'abc', logprobs: expected });
  });

  it('returns token ids for those who ask', async () => {
    const { rig } = await open({ answer: () => 'ab' });
    const body = JSON.stringify({ model: 'local/fake', prompt: 'p', return_token_ids: true });
    const answer = await fetch(`${rig.url}/v1/completions`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ choices: [{ token_ids: [97, 98] }] });
  });
});

describe('refusals', () => {
  it.each([
    [{ temperature: 3 }, 'temperature', 400],
    [{ top_p: 'high' }, 'top_p', 400],
    [{ n: 0 }, 'n', 400],
    [{ seed: 0.5 }, 'seed', 400],
    [{ stop: [''] }, 'stop', 400],
    [{ max_tokens: -1 }, 'max_tokens', 400],
    [{ messages: [] }, 'messages', 400],
    [{ messages: [{ role: 'king', content: '' }] }, 'messages[0].role', 400],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 400],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'messages[0].content[0]',
      400,
    ],
    [{ response_format: { type: 'json_object' } }, 'response_format', 400],
    [{ logit_bias: { 5: 1 } }, 'logit_bias', 400],
    [{ tool_choice: 'required' }, 'tool_choice', 400],
    [{ tools: [{}] }, 'tools[0]', 400],
    [{ top_logprobs: 3 }, 'top_logprobs', 400],
    [{ stream_options: { include_usage: true } }, 'stream_options', 400],
    [{ temprature: 1 }, 'temprature', 400],
    [{ model: 'gpt-4o' }, 'model', 404],
  ])('names the parameter: %j', async (change, param, status) => {
    const { rig, engine } = await open();
    const body = JSON.stringify({ ...HELLO, ...change });
    const answer = await fetch(`${rig.url}/v1/chat/completions`, { method: 'POST', body });
    expect(answer.status).toBe(status);
    const told = (await answer.json()) as { error: { param: string; message: string; type: string } };
    expect(told.error).toMatchObject({ param, type: 'invalid_request_error' });
    expect(engine.requests).toEqual([]);
  });

  it('leaves out what changes nothing, and says so', async () => {
    const { client } = await open();
    const { response } = await client.chat.completions
      .create({ ...HELLO, user: 'me', store: false, logit_bias: {} })
      .withResponse();
    expect(response.headers.get('x-ignored-parameters')).toBe('user, store');
  });

  it('tells the numbers of a context that is too long', async () => {
    const { client } = await open({ contextLength: 30 });
    const error = await refusal(client.chat.completions.create({ ...HELLO, max_tokens: 20 }));
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'max_tokens' });
    expect(error.message).toContain(
      '30 tokens. However, you requested 42 tokens (22 in the prompt, 20 in the',
    );
    const long = [{ role: 'user' as const, content: 'x'.repeat(50) }];
    expect(await refusal(client.chat.completions.create({ ...HELLO, messages: long }))).toMatchObject({
      code: 'context_length_exceeded',
    });
  });

  it('tells what memory would be needed and who could lend it, streams too', async () => {
    const error = new EngineError('no_memory', 'It needs 9 blocks; 4 can be had.');
    const { client } = await open({ failure: { at: 0, error } });
    for (const stream of [false, true]) {
      const refused = await refusal(client.chat.completions.create({ ...HELLO, stream }));
      expect(refused).toMatchObject({ status: 503, code: 'insufficient_kv_memory', type: 'server_error' });
      expect(refused.message).toContain('It needs 9 blocks; 4 can be had. Lender b could provide 5 blocks.');
    }
  });

  it('passes on what the template says', async () => {
    const { client } = await open();
    const messages = [{ role: 'user' as const, content: 'refuse me' }];
    const error = await refusal(client.chat.completions.create({ ...HELLO, messages }));
    expect([error.status, error.message]).toEqual([400, '400 The template refuses these messages.']);
  });

  it('hides what was not meant for clients, and logs it', async () => {
    const { client, rig } = await open({ failure: { at: 0, error: new TypeError('x of undefined') } });
    const error = await refusal(client.chat.completions.create(HELLO));
    expect([error.status, error.message]).toEqual([500, expect.not.stringContaining('undefined')]);
    expect(rig.logged).toEqual(['A request failed']);
  });

  it('breaks a stream that fails later with an error event', async () => {
    const { client } = await open({
      failure: { at: 3, error: new EngineError('failed', 'The runner died.') },
    });
    const stream = await client.chat.completions.create({ ...HELLO, stream: true });
    let text = '';
    const read = async () => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toThrow('The runner died.');
    expect(text).toBe('Goo');
  });

  it('asks for its key, but not for its health', async () => {
    const { rig, client } = await open({}, { key: 'right' });
    expect((await client.models.list()).data).toMatchObject([{ id: 'fake', max_model_len: 1000 }]);
    const bad = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'wrong', maxRetries: 0 });
    expect(await refusal(bad.chat.completions.create(HELLO))).toMatchObject({ status: 401 });
    expect((await fetch(`${rig.url}/engine/status`)).status).toBe(401);
    expect((await fetch(`${rig.url}/health`)).status).toBe(200);
  });

  it('knows its own paths only, and no foreign host', async () => {
    const { rig } = await open();
    expect((await fetch(`${rig.url}/v1/embeddings`)).status).toBe(404);
    expect((await fetch(`${rig.url}/v1/completions`)).status).toBe(405);
    expect((await fetch(`${rig.url}/v1/models`, { headers: { origin: 'http://evil.example' } })).status).toBe(
      403,
    );
  });
});

describe('a client that leaves', () => {
  it.each([true, false])('ends its generation at once (streamed: %s)', async (stream) => {
    let begun = (): void => undefined;
    const has = new Promise<void>((resolve) => (begun = resolve));
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const { rig, engine } = await open({
      before: async (token) => {
        if (token !== 2) return;
        begun();
        await gate;
      },
    });
    const leave = new AbortController();
    const body = JSON.stringify({ ...HELLO, stream, n: 2 });
    const answer = fetch(`${rig.url}/v1/chat/completions`, { method: 'POST', body, signal: leave.signal });
    const read = answer.then(async (response) => await response.text());
    await has;
    leave.abort();
    await expect(read).rejects.toThrow();
    await expect.poll(() => engine.requests.every(({ signal }) => signal?.aborted === true)).toBe(true);
    go();
    await expect.poll(() => engine.aborted.length).toBe(2);
    await expect.poll(() => rig.report().requests).toEqual({ finished: 0, failed: 0, aborted: 1 });
  });
});

describe('what it tells of itself', () => {
  it('is the status of engine, cluster and server', async () => {
    const { rig, client } = await open();
    await client.chat.completions.create(HELLO);
    const status: unknown = await (await fetch(`${rig.url}/engine/status`)).json();
    expect(status).toMatchObject({
      model: 'fake',
      contextLength: 1000,
      requests: { finished: 1, failed: 0, aborted: 0 },
      wire: { sentBytes: 7, receivedBytes: 9 },
      instances: [{ id: 'a', blocks: { lent: 2, borrowed: 3 } }],
    });
    const metrics = await (await fetch(`${rig.url}/metrics`)).text();
    expect(metrics).toContain('illm_engine_kv_blocks_borrowed 3\n');
    expect(metrics).toContain('# TYPE illm_engine_requests_finished_total counter\n');
  });
});

describe('shutting down', () => {
  it('lets requests under way finish and takes no more', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const { rig, client, engine } = await open({ before: async () => await gate });
    const answer = client.chat.completions.create(HELLO);
    await expect.poll(() => engine.requests.length).toBe(1);
    const drained = rig.drain(60_000);
    await expect(fetch(`${rig.url}/health`)).rejects.toThrow();
    go();
    expect((await answer).choices[0]?.message.content).toBe('Good day');
    await drained;
  });

  it('ends those that take too long', async () => {
    const { rig, client, engine } = await open({
      before: async () => await new Promise((resolve) => void setTimeout(resolve, 50)),
      answer: () => 'x'.repeat(900),
    });
    const answer = refusal(client.chat.completions.create(HELLO));
    await expect.poll(() => engine.requests.length).toBe(1);
    await rig.drain(10);
    expect(await answer).toMatchObject({ status: 503, code: 'shutting_down' });
    expect(engine.aborted).toHaveLength(1);
  });
});
