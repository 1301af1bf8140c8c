import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import {
  type Answer,
  callOf,
  CHAT,
  completion,
  json,
  type Received,
  rig,
  type Rig,
  send,
  serve,
  testBus,
  type TestServer,
} from './rig.contract.ts';

const KEYS = [new Secret('sk-key-one-1111'), new Secret('sk-key-two-2222')];
const call = () => callOf('openai-chat', '/v1/chat/completions', CHAT);

let server: TestServer;
const rigs: Rig[] = [];

async function start(answer: Answer): Promise<void> {
  server = await serve(answer);
}

function gateway(clock?: Clock, bus = testBus(), keys = KEYS): Rig {
  const made = rig([{ baseUrl: `${server.origin}/v1`, keys }], { bus, ...(clock && { clock }) });
  rigs.push(made);
  return made;
}

function movable(): Clock & { pass(ms: number): void } {
  let now = 1_800_000_000_000;
  return {
    now: () => now,
    ticks: () => now,
    sleep: () => Promise.resolve(),
    pass: (ms) => {
      now += ms;
    },
  };
}

afterEach(async () => {
  await server.close();
  for (const each of rigs.splice(0)) await each.upstreams.close();
});

function usedKeys(): (string | undefined)[] {
  return server.received.map(({ headers }) => headers.authorization?.slice('Bearer sk-key-'.length, -5));
}

/** Answers well, but `trouble` to the first key. */
function firstKeyHas(trouble: Answer): Answer {
  return (res, request: Received) =>
    request.headers.authorization?.includes('one') ? trouble(res, request) : json(res, 200, completion);
}

const limited: Answer = (res) => json(res, 429, { error: { message: 'Slow down' } }, { 'retry-after': '30' });
const refused: Answer = (res) => json(res, 401, { error: { message: 'Bad key', code: 'invalid_api_key' } });

describe('several keys', () => {
  it('take turns', async () => {
    await start((res) => json(res, 200, completion));
    const at = gateway();
    for (let i = 0; i < 4; i++) await send(at, call());
    expect(usedKeys()).toEqual(['one', 'two', 'one', 'two']);
  });

  it('stand in for one that is limited at once, and until it has rested', async () => {
    await start(firstKeyHas(limited));
    const clock = movable();
    const at = gateway(clock);
    const first = call();
    expect((await send(at, first)).error).toBeNull();
    expect(first.trail.attempts).toBe(2);
    expect(first.trail.decisions.map(({ stage, action }) => [stage, action])).toEqual([
      ['upstream', 'changed-key'],
    ]);
    await send(at, call());
    clock.pass(29_000);
    await send(at, call());
    expect(usedKeys()).toEqual(['one', 'two', 'two', 'two']);
    clock.pass(1000);
    await send(at, call());
    expect(usedKeys()[4]).toBe('one');
  });

  it('stand in for one that is refused, which is shown and logged', async () => {
    await start(firstKeyHas(refused));
    const at = gateway();
    expect((await send(at, call())).error).toBeNull();
    await send(at, call());
    expect(usedKeys()).toEqual(['one', 'two', 'two']);
    expect(at.upstreams.health()[0]?.keys.map(({ state }) => state)).toEqual(['cooling', 'ready']);
    expect(at.logged.join()).toContain(`key ${KEYS[0]?.fingerprint} was refused`);
  });

  it('fail together with the time until the first is ready', async () => {
    await start(limited);
    const clock = movable();
    const at = gateway(clock);
    expect((await send(at, call())).error).toMatchObject({ code: 'rate_limited', retryAfterMs: 30_000 });
    expect(usedKeys()).toEqual(['one', 'two']);
    clock.pass(10_000);
    const next = call();
    expect((await send(at, next)).error).toMatchObject({ code: 'rate_limited', retryAfterMs: 20_000 });
    expect(next.trail.attempts).toBe(0);
    expect(server.received).toHaveLength(2);
  });

  it('that are all refused say where to look', async () => {
    await start(refused);
    const at = gateway();
    expect((await send(at, call())).error).toMatchObject({ code: 'upstream_unauthorized', status: 502 });
    const { error } = await send(at, call());
    expect(error?.code).toBe('upstream_unauthorized');
    expect(error?.message).toContain('providers.openai.keys');
    expect(error?.wire).toBeUndefined();
    expect(server.received).toHaveLength(2);
  });

  it('rest in every gateway that shares the bus', async () => {
    await start(firstKeyHas(limited));
    const bus = testBus();
    const heard: string[] = [];
    bus.subscribe('cooldown', (message) => void heard.push(message));
    await send(gateway(undefined, bus), call());
    expect(heard).toHaveLength(1);
    expect(heard.join()).not.toContain('sk-key');
    const other = gateway(undefined, bus);
    bus.publish('cooldown', heard[0] ?? '');
    bus.publish('cooldown', 'nonsense');
    await send(other, call());
    expect(usedKeys()).toEqual(['one', 'two', 'two']);
  });

  it('do not help where a quota is used up: that key is left alone for minutes, for every model', async () => {
    await start(
      firstKeyHas((res) => json(res, 429, { error: { message: 'No quota', code: 'insufficient_quota' } })),
    );
    const clock = movable();
    const at = gateway(clock);
    await send(at, call());
    const other = callOf('openai-chat', '/v1/chat/completions', { ...CHAT, model: 'gpt-4o-mini' });
    await send(at, other);
    clock.pass(200_000);
    await send(at, call());
    expect(usedKeys()).toEqual(['one', 'two', 'two', 'two']);
  });

  it('are spared before they are limited, as the rate limit headers announce', async () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6s' };
    await start(firstKeyHas((res) => json(res, 200, completion, headers)));
    const at = gateway();
    for (let i = 0; i < 4; i++) await send(at, call());
    expect(usedKeys()).toEqual(['one', 'two', 'two', 'two']);
  });
});
