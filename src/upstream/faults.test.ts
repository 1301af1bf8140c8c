import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../core/secret.ts';
import type { Limits } from '../core/settings.ts';
import {
  type Answer,
  callOf,
  CHAT,
  chatStream,
  chunk,
  completion,
  events,
  json,
  KEY,
  type Outcome,
  rig,
  type Rig,
  send,
  serve,
  serveTcp,
  type TestServer,
  typesOf,
  until,
  wireOf,
} from './rig.contract.ts';

const WHOLE = callOf('openai-chat', '/v1/chat/completions', CHAT);
const streamed = () => callOf('openai-chat', '/v1/chat/completions', { ...CHAT, stream: true });
const TOKEN = chunk({ content: 'Hello' });

let server: TestServer | null = null;
let at: Rig | null = null;

async function start(answer: Answer, limits: Partial<Limits> = {}): Promise<Rig> {
  server = await serve(answer);
  at = rig([{ baseUrl: `${server.origin}/v1` }], { limits });
  return at;
}

async function startTcp(answer: Parameters<typeof serveTcp>[0], limits: Partial<Limits> = {}): Promise<Rig> {
  server = await serveTcp(answer);
  at = rig([{ baseUrl: `${server.origin}/v1` }], { limits });
  return at;
}

afterEach(async () => {
  await server?.close();
  await at?.upstreams.close();
  server = null;
  at = null;
});

function error(status: number, message: string, code: string | null = null): Answer {
  return (res) => json(res, status, { error: { message, type: 'error', code, param: null } });
}

describe('a provider that does not answer', () => {
  it('refuses the connection', async () => {
    const gone = await serve(() => undefined);
    await gone.close();
    at = rig([{ baseUrl: `${gone.origin}/v1` }]);
    const { error, parts } = await send(at, WHOLE);
    expect(parts).toEqual([]);
    expect(error).toMatchObject({ code: 'upstream_unavailable', status: 503, retryable: 'same' });
    expect(error?.message).toBe('openai could not be reached: the connection was refused.');
  });

  it('is waited for only so long', async () => {
    const { error, parts } = await send(await start(() => undefined, { firstByteMs: 80 }), streamed());
    expect(parts).toEqual([]);
    expect(error).toMatchObject({ code: 'upstream_timeout', status: 504, retryable: 'same' });
    await until(() => server?.abandoned() === 1);
  });

  it('closes the connection instead', async () => {
    const { error, parts } = await send(await startTcp((socket) => socket.destroy()), WHOLE);
    expect(parts).toEqual([]);
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: 'same' });
  });

  it('speaks no HTTP', async () => {
    const { error } = await send(await startTcp((socket) => socket.end('SSH-2.0-OpenSSH_9\r\n\r\n')), WHOLE);
    expect(error).toMatchObject({ code: 'upstream_garbage', status: 502, retryable: 'other' });
  });

  it('sends headers without end', async () => {
    const { error } = await send(
      await startTcp((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n`)),
      WHOLE,
    );
    expect(error).toMatchObject({ code: 'upstream_garbage' });
  });
});

describe('a provider that answers with an error', () => {
  it('has its own words passed on to a client of its dialect', async () => {
    const { error: thrown, parts } = await send(await start(error(500, 'The server had an error')), WHOLE);
    expect(parts).toEqual([]);
    expect(thrown).toMatchObject({ code: 'upstream_error', retryable: 'same', wire: { status: 500 } });
    expect(JSON.parse(Buffer.from(thrown!.wire!.body).toString())).toMatchObject({
      error: { message: 'The server had an error' },
    });
  });

  it.each([
    ['seconds', { 'retry-after': '7' }, 7000],
    ['a fraction', { 'retry-after': '0.25' }, 250],
    ['milliseconds', { 'retry-after-ms': '120', 'retry-after': '9' }, 120],
  ])('limits us and says for how long in %s', async (_how, headers, expected) => {
    const answer: Answer = (res) =>
      json(res, 429, { error: { message: 'Slow down', code: 'rate_limit_exceeded' } }, headers);
    const { error: thrown } = await send(await start(answer), WHOLE);
    expect(thrown).toMatchObject({ code: 'rate_limited', status: 429, retryable: 'same' });
    expect(thrown?.retryAfterMs).toBeGreaterThan(expected - 60);
    expect(thrown?.retryAfterMs).toBeLessThanOrEqual(expected);
  });

  it('limits us until a date', async () => {
    const date = new Date(Date.now() + 20_000).toUTCString();
    const answer: Answer = (res) =>
      json(res, 429, { error: { message: 'Slow down' } }, { 'retry-after': date });
    const { error: thrown } = await send(await start(answer), WHOLE);
    expect(thrown?.retryAfterMs).toBeGreaterThan(18_000);
    expect(thrown?.retryAfterMs).toBeLessThanOrEqual(20_000);
  });

  it('limits us without saying for how long', async () => {
    const { error: thrown } = await send(await start(error(429, 'Slow down')), WHOLE);
    expect(thrown).toMatchObject({ code: 'rate_limited' });
    expect(thrown?.retryAfterMs).toBeGreaterThan(0);
    expect(thrown?.retryAfterMs).toBeLessThanOrEqual(1000);
  });

  it('tells by its rate limit headers when it is ready again', async () => {
    const headers = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m2s' };
    const answer: Answer = (res) => json(res, 429, { error: { message: 'Slow down' } }, headers);
    const { error: thrown } = await send(await start(answer), WHOLE);
    expect(thrown?.retryAfterMs).toBeGreaterThan(61_000);
    expect(thrown?.retryAfterMs).toBeLessThanOrEqual(62_000);
  });

  it('sends an error page without end', async () => {
    const { error: thrown } = await send(
      await start((res) => {
        res.writeHead(500, { 'content-type': 'text/html' });
        const more = (): void => void (res.destroyed || res.write('x'.repeat(65_536), more));
        more();
      }),
      WHOLE,
    );
    expect(thrown).toMatchObject({ code: 'upstream_error' });
    expect(thrown?.wire?.body.length).toBe(1024 * 1024);
    await until(() => server?.abandoned() === 1);
  });

  it('breaks off within the error', async () => {
    const { error: thrown } = await send(
      await startTcp((socket) => {
        socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 1000\r\n\r\nbusy', () => socket.destroy());
      }),
      WHOLE,
    );
    expect(thrown).toMatchObject({ code: 'upstream_error' });
  });
});

describe('a provider whose whole answer is none', () => {
  it.each<[string, Answer, object]>([
    [
      'has another content type',
      (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      { code: 'upstream_garbage' },
    ],
    [
      'is no JSON',
      (res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{"id":'),
      { code: 'upstream_garbage' },
    ],
    ['is JSON of another kind', (res) => json(res, 200, []), { code: 'upstream_garbage' }],
    ['is an error under HTTP 200', error(200, 'Overloaded'), { code: 'upstream_error' }],
    [
      'is elsewhere',
      (res) => void res.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      { code: 'upstream_garbage' },
    ],
    [
      'is compressed',
      (res) => json(res, 200, completion, { 'content-encoding': 'gzip' }),
      { code: 'upstream_garbage' },
    ],
    [
      'is announced too large',
      (res) =>
        void res
          .writeHead(200, { 'content-type': 'application/json', 'content-length': '2000000' })
          .write('{'),
      { code: 'upstream_garbage' },
    ],
  ])('because it %s', async (_how, answer, expected) => {
    const { error: thrown, wire } = await send(await start(answer), WHOLE);
    expect(thrown).toMatchObject(expected);
    expect(wire).toBe('');
  });

  it('because it never ends', async () => {
    const { error: thrown, wire } = await send(
      await start((res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const more = (): void => void (res.destroyed || res.write('[1],'.repeat(10_000), more));
        more();
      }),
      WHOLE,
    );
    expect(thrown).toMatchObject({ code: 'upstream_garbage' });
    expect(thrown?.message).toContain('limits.answerBytes');
    expect(wire).toBe('');
    await until(() => server?.abandoned() === 1);
  });

  it('because it is cut', async () => {
    const { error: thrown, wire } = await send(
      await startTcp((socket) => {
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"id":',
          () => socket.destroy(),
        );
      }),
      WHOLE,
    );
    expect(thrown).toMatchObject({ code: 'upstream_truncated', retryable: 'same' });
    expect(wire).toBe('');
  });
});

describe('a stream that goes wrong before its first token', () => {
  const role = chunk({ role: 'assistant', content: '' });

  it.each<[string, Answer, object]>([
    ['ends', (res) => (events(res, role), void res.end()), { code: 'upstream_truncated' }],
    [
      'is cut',
      (res) => (events(res, role), void setTimeout(() => res.destroy(), 20)),
      { code: 'upstream_truncated' },
    ],
    [
      'tells an error',
      (res) => (
        events(res, role, { error: { message: 'Overloaded', type: 'server_error' } }), void res.end()
      ),
      { code: 'upstream_error', told: false },
    ],
    [
      'is garbage',
      (res) => (events(res, role, '{"choices":[{'), void res.end()),
      { code: 'upstream_garbage' },
    ],
    [
      'has no events',
      (res) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).end('hello\n\nworld\n\n'),
      { code: 'upstream_garbage' },
    ],
    [
      'is empty',
      (res) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
      { code: 'upstream_truncated' },
    ],
    [
      'is a web page',
      (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      { code: 'upstream_garbage' },
    ],
    ['is an error under HTTP 200', error(200, 'Overloaded'), { code: 'upstream_error' }],
  ])('because it %s: no byte is passed on', async (_how, answer, expected) => {
    const { error: thrown, wire } = await send(await start(answer), streamed());
    expect(thrown).toMatchObject(expected);
    expect(wire).toBe('');
  });
});

describe('a stream that goes wrong after its first token', () => {
  function expectBegun({ parts, wire }: Outcome): void {
    expect(typesOf(parts).slice(0, 2)).toEqual(['head', 'wire']);
    expect(wire).toContain(JSON.stringify(TOKEN));
    expect(typesOf(parts)).not.toContain('finish');
  }

  it('because it ends without its finish', async () => {
    const outcome = await send(await start((res) => (events(res, TOKEN), void res.end())), streamed());
    expectBegun(outcome);
    expect(outcome.error).toMatchObject({ code: 'upstream_truncated', told: false });
  });

  it('because it is cut', async () => {
    const outcome = await send(
      await start((res) => (events(res, TOKEN), void setTimeout(() => res.destroy(), 20))),
      streamed(),
    );
    expectBegun(outcome);
    expect(outcome.error).toMatchObject({ code: 'upstream_truncated' });
    expect(outcome.error?.message).toMatch(/^openai broke off its answer/);
  });

  it('because nothing more comes', async () => {
    const outcome = await send(await start((res) => events(res, TOKEN), { idleMs: 80 }), streamed());
    expectBegun(outcome);
    expect(outcome.error).toMatchObject({ code: 'upstream_timeout' });
    await until(() => server?.abandoned() === 1);
  });

  it.each(['{"choices":[{', '<html>', 'null'])('because it turns to garbage: %s', async (garbage) => {
    const answer: Answer = async (res) => {
      events(res, TOKEN);
      await new Promise((resolve) => setTimeout(resolve, 20));
      events(res, garbage);
      res.end();
    };
    const outcome = await send(await start(answer), streamed());
    expectBegun(outcome);
    expect(outcome.error).toMatchObject({ code: 'upstream_garbage', told: false });
  });

  it('because it tells an error, which the client then knows', async () => {
    const told = { error: { message: 'Overloaded', type: 'server_error' } };
    const answer: Answer = async (res) => {
      events(res, TOKEN);
      await new Promise((resolve) => setTimeout(resolve, 20));
      events(res, told);
      res.end();
    };
    const outcome = await send(await start(answer), streamed());
    expectBegun(outcome);
    expect(outcome.wire).toContain(JSON.stringify(told));
    expect(outcome.error).toMatchObject({ code: 'upstream_error', told: true });
  });

  it('but not because the connection is lost after the end', async () => {
    const answer: Answer = (res) => {
      events(res, TOKEN, chunk({}, 'stop'), '[DONE]');
      setTimeout(() => res.destroy(), 20);
    };
    const outcome = await send(await start(answer), streamed());
    expect(outcome.error).toBeNull();
    expect(outcome.parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });
});

describe('a reader', () => {
  it('that leaves ends the connection at once', async () => {
    const parts = (await start((res) => events(res, TOKEN))).upstreams.get('openai')!.send(streamed());
    for await (const part of parts) if (part.type === 'wire') break;
    await until(() => server?.abandoned() === 1);
  });

  it.each([
    ['before the answer', () => undefined],
    ['within the answer', (res) => events(res, TOKEN)],
  ] as [string, Answer][])('that is gone %s ends the connection at once', async (_when, answer) => {
    const client = new AbortController();
    const call = { ...streamed(), signal: client.signal };
    const sending = send(await start(answer), call);
    await until(() => server?.received.length === 1);
    client.abort();
    const { error: thrown } = await sending;
    expect(thrown).toMatchObject({ code: 'client_aborted', status: 499 });
    await until(() => server?.abandoned() === 1);
  });

  it('that was gone before sends nothing', async () => {
    const client = new AbortController();
    client.abort();
    const call = { ...streamed(), signal: client.signal };
    const { error: thrown } = await send(await start(chatStream), call);
    expect(thrown).toMatchObject({ code: 'client_aborted' });
    expect(server?.received).toEqual([]);
    expect(call.trail.attempts).toBe(0);
  });

  it('that is slow holds the provider back, and still gets every byte', async () => {
    const big = { ...TOKEN, padding: 'x'.repeat(64 * 1024) };
    let sent = 0;
    const total = 200;
    const answer: Answer = async (res) => {
      for (; sent < total; sent++) {
        events(res, big);
        if (res.writableNeedDrain) await new Promise((resolve) => res.once('drain', resolve));
      }
      events(res, chunk({}, 'stop'), '[DONE]');
      res.end();
    };
    const iterator = (await start(answer)).upstreams.get('openai')!.send(streamed())[Symbol.asyncIterator]();
    const parts = [(await iterator.next()).value];
    // The socket buffers of the system hold some megabytes; ours must not hold the rest.
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(total);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) parts.push(next.value);
    const wire = wireOf(parts);
    expect(wire.match(/"padding"/g)).toHaveLength(total);
    expect(wire.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });

  it('that is slow survives the reset of a connection that is not kept alive', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';
    const event = `data: ${JSON.stringify({ ...TOKEN, padding: 'x'.repeat(32 * 1024) })}\n\n`;
    const parts = (
      await startTcp((socket) => {
        socket.write(head + event.repeat(34));
        setTimeout(() => socket.write(event, () => socket.resetAndDestroy()), 150);
      })
    ).upstreams
      .get('openai')!
      .send(streamed());
    const iterator = parts[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const drained = (async () => {
      for (let next = await iterator.next(); !next.done; next = await iterator.next());
    })();
    await expect(drained).rejects.toMatchObject({ code: 'upstream_truncated' });
  });
});

describe('a circuit', () => {
  it('opens for a target that keeps failing, and for no other', async () => {
    const { upstreams } = await start((res, { body }) =>
      body.includes('gpt-4o"') ? json(res, 500, { error: { message: 'x' } }) : json(res, 200, completion),
    );
    const mini = { ...WHOLE, target: { provider: 'openai', model: 'gpt-4o-mini' } };
    for (let i = 0; i < 5; i++) expect((await send(at!, WHOLE)).error?.code).toBe('upstream_error');
    const { error: thrown } = await send(at!, WHOLE);
    expect(thrown).toMatchObject({ code: 'upstream_unavailable', retryable: 'other' });
    expect(thrown?.retryAfterMs).toBeGreaterThan(0);
    expect(server?.received).toHaveLength(5);
    expect((await send(at!, mini)).error).toBeNull();
    expect(upstreams.isOpen({ provider: 'openai', model: 'gpt-4o' })).toBe(true);
    expect(upstreams.isOpen({ provider: 'openai', model: 'gpt-4o-mini' })).toBe(false);
    expect(upstreams.health()[0]?.targets).toEqual([
      { model: 'gpt-4o', breaker: 'open' },
      { model: 'gpt-4o-mini', breaker: 'closed' },
    ]);
  });

  it('stays closed however often requests are wrong', async () => {
    await start(error(400, 'Bad request'));
    for (let i = 0; i < 8; i++) expect((await send(at!, WHOLE)).error?.code).toBe('invalid_request');
  });
});

describe('a key', () => {
  const echoing: [string, Answer][] = [401, 403, 429, 400, 500, 503].map((status) => [
    `HTTP ${status}`,
    (res, { headers }) =>
      json(
        res,
        status,
        { error: { message: `Wrong: ${headers.authorization}`, echo: headers } },
        { 'x-echo': String(headers.authorization), 'retry-after': '1' },
      ),
  ]);
  const others: [string, Answer][] = [
    [
      'a whole answer',
      (res, { headers }) => json(res, 200, completion, { 'x-echo': String(headers.authorization) }),
    ],
    ['a cut', (res) => void res.destroy()],
    [
      'garbage',
      (res, { headers }) =>
        void res
          .writeHead(200, { 'content-type': 'text/html', 'x-echo': String(headers.authorization) })
          .end('<html>'),
    ],
    [
      'an error in the stream',
      (res, { headers }) => (
        events(res, { error: { message: `Wrong: ${headers.authorization}` } }), void res.end()
      ),
    ],
  ];

  it.each([...echoing, ...others])('is in nothing that comes out after %s', async (_how, answer) => {
    const outcomes = [await send(await start(answer), WHOLE), await send(at!, streamed())];
    expect(server!.received[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    const shown = outcomes.flatMap(({ parts, error: thrown }) => [
      JSON.stringify(parts),
      thrown?.message,
      String(thrown?.stack),
      String(thrown?.cause),
      Buffer.from(thrown?.wire?.body ?? []).toString(),
      JSON.stringify(thrown?.wire?.headers),
    ]);
    const all = [...shown, ...at!.logged, JSON.stringify(at!.upstreams.health())].join('\n');
    expect(all).not.toContain('sk-secret');
    expect(all).toContain(new Secret(KEY).fingerprint);
  });
});
