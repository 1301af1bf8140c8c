import { afterEach, describe, expect, it } from 'vitest';
import type { Limits } from '../core/settings.ts';
import {
  type Answer,
  callOf,
  CHAT,
  chunk,
  events,
  json,
  type Outcome,
  rig,
  type Rig,
  send,
  serve,
  type TestServer,
  typesOf,
  until,
} from './rig.contract.ts';

const streamed = () => callOf('openai-chat', '/v1/chat/completions', { ...CHAT, stream: true });
const TOKEN = chunk({ content: 'Hello' });

let server: TestServer | null = null;
let at: Rig | null = null;

async function start(answer: Answer, limits: Partial<Limits> = {}): Promise<Rig> {
  server = await serve(answer);
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
