import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import { CallError, type CallErrorOptions, type ErrorCode } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import {
  callFor,
  collected,
  fakeClock,
  FINISH,
  head,
  scripted,
  type Script,
  text,
} from '../policy.contract.ts';
import { pauseMs } from './pause.ts';
import { retryStage } from './retry-stage.ts';

const TARGET = { provider: 'a', model: 'one' };
const SETTINGS = { attempts: 3, baseMs: 500, maxMs: 8000 };
const FINE: Script = { parts: [head(TARGET), text('hello'), FINISH] };

function failing(code: ErrorCode, options: CallErrorOptions = {}, parts: readonly Part[] = []): Script {
  return { parts, error: new CallError(code, `${code} happened`, options) };
}

async function run(scripts: readonly Script[], call: Call = callFor('x', { target: TARGET })) {
  const clock = fakeClock();
  const upstream = scripted({ 'a/one': scripts });
  const stage = retryStage({ clock, random: () => 0.5, settings: () => SETTINGS });
  const { parts, error } = await collected(stage(upstream.handler)(call));
  return { parts, error, slept: clock.slept, tries: upstream.calls.length, decisions: call.trail.decisions };
}

describe('retryStage', () => {
  it.each(['rate_limited', 'upstream_error', 'upstream_unavailable', 'upstream_timeout'] as const)(
    'tries again after %s',
    async (code) => {
      const { parts, error, tries, decisions } = await run([failing(code), FINE]);
      expect(error).toBeNull();
      expect(parts).toEqual([head(TARGET), text('hello'), FINISH]);
      expect(tries).toBe(2);
      expect(decisions.map(({ stage, action }) => `${stage} ${action}`)).toEqual(['retry retried']);
    },
  );

  it.each(['invalid_request', 'context_too_long', 'upstream_unauthorized', 'upstream_garbage'] as const)(
    'does not try again after %s',
    async (code) => {
      const { error, tries } = await run([failing(code), FINE]);
      expect(error).toMatchObject({ code });
      expect(tries).toBe(1);
    },
  );

  it('doubles the ceiling of its jittered pauses and gives up after the last try', async () => {
    const { error, slept, tries } = await run([failing('upstream_error')]);
    expect(error).toMatchObject({ code: 'upstream_error' });
    expect(tries).toBe(3);
    expect(slept).toEqual([250, 500]);
  });

  it('waits as long as the provider asks', async () => {
    const { slept } = await run([failing('rate_limited', { retryAfterMs: 2000 }), FINE]);
    expect(slept).toHaveLength(1);
    expect(slept[0]).toBeGreaterThan(2000);
    expect(slept[0]).toBeLessThan(2500);
  });

  it('gives up at once when the provider asks for too long', async () => {
    const { error, slept, tries } = await run([failing('rate_limited', { retryAfterMs: 60_000 }), FINE]);
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 });
    expect(slept).toEqual([]);
    expect(tries).toBe(1);
  });

  it('keeps the head back, so that a stream that dies before its first token leaves no trace', async () => {
    const { parts, tries } = await run([failing('upstream_truncated', {}, [head(TARGET)]), FINE]);
    expect(parts).toEqual([head(TARGET), text('hello'), FINISH]);
    expect(tries).toBe(2);
  });

  it('never repeats what the client has seen', async () => {
    const seen = [head(TARGET), text('hel')];
    const { parts, error, tries } = await run([failing('upstream_truncated', {}, seen), FINE]);
    expect(parts).toEqual(seen);
    expect(error).toMatchObject({ code: 'upstream_truncated' });
    expect(tries).toBe(1);
  });

  it('takes relayed bytes for content', async () => {
    const seen: Part[] = [head(TARGET), { type: 'wire', chunks: [Buffer.from('x')] }];
    expect((await run([failing('upstream_truncated', {}, seen), FINE])).tries).toBe(1);
  });

  it('stops waiting when the client leaves', async () => {
    const client = new AbortController();
    const clock = fakeClock();
    const upstream = scripted({ 'a/one': [failing('upstream_error'), FINE] });
    const stage = retryStage({
      clock: {
        ...clock,
        sleep: async (ms, signal) => {
          client.abort();
          await clock.sleep(ms, signal);
        },
      },
      random: () => 0.5,
      settings: () => SETTINGS,
    });
    const call = callFor('x', { target: TARGET, signal: client.signal });
    const { error } = await collected(stage(upstream.handler)(call));
    expect(error).toMatchObject({ code: 'client_aborted' });
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('pauseMs', () => {
  const retryable = fc.record({
    tries: fc.integer({ min: 1, max: 20 }),
    elapsedMs: fc.integer({ min: 0, max: 200_000 }),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    attempts: fc.integer({ min: 1, max: 10 }),
  });

  it('never exceeds the tries, waits less than asked, or passes the bounds', () => {
    fc.assert(
      fc.property(retryable, ({ tries, elapsedMs, retryAfterMs, random, attempts }) => {
        const error = new CallError('rate_limited', 'x', retryAfterMs === undefined ? {} : { retryAfterMs });
        const settings = { ...SETTINGS, attempts };
        const pause = pauseMs(error, { tries, elapsedMs }, settings, () => random);
        if (tries >= attempts || (retryAfterMs ?? 0) > settings.maxMs) expect(pause).toBeNull();
        if (pause === null) return;
        expect(pause).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
        expect(pause).toBeLessThanOrEqual(settings.maxMs * 1.25 + 2);
        expect(elapsedMs + pause).toBeLessThanOrEqual(120_001);
      }),
    );
  });

  it('is full jitter: from nothing to the whole ceiling', () => {
    const error = new CallError('upstream_error', 'x');
    const tried = { tries: 2, elapsedMs: 0 };
    expect(pauseMs(error, tried, SETTINGS, () => 0)).toBe(0);
    expect(pauseMs(error, tried, SETTINGS, () => 0.999)).toBe(999);
    expect(pauseMs(error, { tries: 2, elapsedMs: 119_900 }, SETTINGS, () => 0.999)).toBeNull();
  });
});
