import { afterEach, describe, expect, it } from 'vitest';
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
  type TestServer,
} from './rig.contract.ts';

const WHOLE = callOf('openai-chat', '/v1/chat/completions', CHAT);

let server: TestServer | null = null;
let at: Rig | null = null;

async function start(answer: Answer): Promise<Rig> {
  server = await serve(answer);
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
