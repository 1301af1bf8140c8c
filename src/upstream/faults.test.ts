import { afterEach, describe, expect, it } from 'vitest';
import type { Limits } from '../core/settings.ts';
import {
  type Answer,
  callOf,
  CHAT,
  completion,
  json,
  rig,
  type Rig,
  send,
  serve,
  serveTcp,
  type TestServer,
  until,
} from './rig.contract.ts';

const WHOLE = callOf('openai-chat', '/v1/chat/completions', CHAT);
const streamed = () => callOf('openai-chat', '/v1/chat/completions', { ...CHAT, stream: true });

let server: TestServer | null = null;
let at: Rig | null = null;

async function start(answer: Answer, limits: Partial<Limits> = {}): Promise<Rig> {
  server = await serve(answer);
  at = rig([{ baseUrl: `${server.origin}/v1` }], { limits });
  return at;
}

async function startTcp(answer: Parameters<typeof serveTcp>[0]): Promise<Rig> {
  server = await serveTcp(answer);
  at = rig([{ baseUrl: `${server.origin}/v1` }]);
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
