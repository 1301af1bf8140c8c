import { describe, expect, it } from 'vitest';
import { type AnswerStore, FREE_LEASE } from '../../../core/answer-store.ts';
import type { Call } from '../../../core/call.ts';
import { CallError } from '../../../core/errors.ts';
import type { Part } from '../../../core/part.ts';
import { NO_LEVERS } from '../../../core/plan.ts';
import { type ExactCacheSettings, NO_CACHE } from '../../../core/plan/cache.ts';
import type { Handler } from '../../../core/ports.ts';
import { Trail } from '../../../core/trail.ts';
import { callFor, collected, fakeClock, FINISH, head, text } from '../../policy.contract.ts';
import { exactCacheStage } from './exact-stage.ts';

const TARGET = { provider: 'openai', model: 'gpt-4o' };
const PARTS: readonly Part[] = [head(TARGET), text('Hi'), FINISH];
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A store in a map, which each test changes where it matters. */
function storeOf(change: Partial<AnswerStore> = {}): AnswerStore {
  const kept = new Map<string, Uint8Array>();
  return {
    reach: 'process',
    get: async (key) => kept.get(key) ?? null,
    put: async (key, value) => {
      kept.set(key, value);
      return true;
    },
    lease: async () => FREE_LEASE,
    leased: async () => false,
    clear: async () => 0,
    size: async () => ({ entries: kept.size, bytes: 0, maxBytes: 0 }),
    close: async () => undefined,
    ...change,
  };
}

function stageOver(next: Handler, store = storeOf(), clock = fakeClock()): Handler {
  const statistics = { looked: () => undefined, stored: () => undefined };
  return exactCacheStage({ store, readAnswer: (_, parts) => parts, statistics, clock, log })(next);
}

function asking(exact: Partial<ExactCacheSettings> = {}, change: Partial<Call> = {}): Call {
  const settings = { ...NO_CACHE.exact, enabled: true, nondeterministic: true, ...exact };
  return callFor('gpt-4o', {
    body: { messages: [] },
    plan: { ...NO_LEVERS, cache: { ...NO_CACHE, exact: settings } },
    trail: new Trail(() => 0),
    ...change,
  });
}

const doings = (call: Call): string[] => call.trail.decisions.map(({ action }) => action);

describe('the cache of exact answers', () => {
  it('is not there while it is off', () => {
    const answer: AsyncIterable<Part> = { [Symbol.asyncIterator]: () => PARTS[Symbol.iterator]() as never };
    const stage = stageOver(() => answer);
    expect(stage(callFor('gpt-4o'))).toBe(answer);
    expect(stage(asking({}, { operation: 'relay' }))).toBe(answer);
  });

  it('forgets by the time to live that holds now', async () => {
    let asked = 0;
    const clock = fakeClock();
    const stage = stageOver(
      async function* answer() {
        asked += 1;
        yield* PARTS;
      },
      storeOf(),
      clock,
    );
    await collected(stage(asking()));
    await clock.sleep(5000);
    const late = asking();
    await collected(stage(late));
    expect(doings(late)).toEqual(['hit']);
    expect(late.trail.told).toEqual({ 'x-illm-cache': 'hit', 'x-illm-cache-age': '5' });
    await collected(stage(asking({ ttlMs: 4000 })));
    expect(asked).toBe(2);
  });

  it('lets the next of the waiting ask when the first failed by itself, and no more than one at a time', async () => {
    let asked = 0;
    let atOnce = 0;
    let most = 0;
    const stage = stageOver(async function* answer(call) {
      asked += 1;
      atOnce += 1;
      most = Math.max(most, atOnce);
      await Promise.resolve();
      atOnce -= 1;
      // The first two are over limits of their own: nothing is sent.
      if (asked <= 2) throw new CallError('rate_limited', 'over a limit of its own');
      call.trail.attempt(TARGET);
      yield* PARTS;
    });
    const calls = Array.from({ length: 10 }, () => asking());
    const answers = await Promise.all(calls.map((call) => collected(stage(call))));
    expect(answers.filter(({ error }) => error !== null)).toHaveLength(2);
    expect(answers.filter(({ parts }) => parts.length === 3)).toHaveLength(8);
    expect([asked, most]).toEqual([3, 1]);
  });

  it('tells all of the waiting when the provider failed, and asks it once', async () => {
    let asked = 0;
    const stage = stageOver(async function* answer(call) {
      asked += 1;
      call.trail.attempt(TARGET);
      await Promise.resolve();
      yield head(TARGET);
      throw new CallError('upstream_error', 'broken');
    });
    const answers = await Promise.all(Array.from({ length: 10 }, () => collected(stage(asking()))));
    expect(answers.every(({ error }) => error instanceof CallError)).toBe(true);
    expect(asked).toBe(1);
  });

  it('gives those who want another form an answer of their own when the first cannot be kept', async () => {
    let asked = 0;
    const stage = stageOver(async function* answer(call) {
      asked += 1;
      call.trail.attempt(TARGET);
      yield head(TARGET);
      await Promise.resolve();
      yield text('far too long to be kept');
      yield FINISH;
    });
    const [streamed, whole] = await Promise.all([
      collected(stage(asking({ maxEntryBytes: 10 }))),
      collected(stage(asking({ maxEntryBytes: 10 }, { stream: false }))),
    ]);
    expect([streamed.parts.length, whole.parts.length, asked]).toEqual([3, 3, 2]);
  });

  it('waits for another process that makes the same answer, and asks by itself when that one fails', async () => {
    let asked = 0;
    let looks = 0;
    const kept = storeOf();
    const answer: Handler = async function* answer() {
      asked += 1;
      yield* PARTS;
    };
    const elsewhere: Partial<AnswerStore> = {
      reach: 'shared',
      lease: async () => (looks === 0 ? null : FREE_LEASE),
      leased: async () => {
        looks += 1;
        return looks < 3;
      },
    };
    const failed = asking();
    await collected(stageOver(answer, { ...kept, ...elsewhere })(failed));
    expect([asked, doings(failed)]).toEqual([1, ['missed']]);

    looks = 0;
    let visible = false;
    const made = asking();
    const stage = stageOver(answer, {
      ...kept,
      ...elsewhere,
      get: async (key) => (visible ? kept.get(key) : null),
      leased: async () => {
        looks += 1;
        visible = looks >= 3;
        return !visible;
      },
    });
    const { parts } = await collected(stage(made));
    expect(parts).toHaveLength(3);
    expect([asked, doings(made)]).toEqual([1, ['joined']]);
  });

  it('does not keep what a later stage found for a question that is only alike', async () => {
    const stage = stageOver(async function* answer() {
      yield { ...head(TARGET), stored: true };
      yield text('Hi');
      yield FINISH;
    });
    await collected(stage(asking()));
    const again = asking();
    await collected(stage(again));
    expect(doings(again)).toEqual(['missed']);
  });

  it('answers what it cannot read as if it held nothing', async () => {
    const call = asking();
    const store = storeOf({ get: async () => Buffer.from('{"version":1}\nnonsense') });
    const { parts, error } = await collected(
      stageOver(async function* answer() {
        yield* PARTS;
      }, store)(call),
    );
    expect([parts.length, error, doings(call)]).toEqual([3, null, ['missed']]);
  });
});
