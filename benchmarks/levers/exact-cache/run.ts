import { answerKey } from '../../../src/policy/cache/exact/key.ts';
import { cacheStatistics, exactCacheStage } from '../../../src/policy/cache/index.ts';
import type { AnswerStore } from '../../../src/core/answer-store.ts';
import type { Call } from '../../../src/core/call.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Part } from '../../../src/core/part.ts';
import { type Plan, NO_LEVERS } from '../../../src/core/plan.ts';
import { NO_CACHE } from '../../../src/core/plan/cache.ts';
import { Trail } from '../../../src/core/trail.ts';
import { usageOf } from '../../../src/core/usage.ts';
import { localAnswerStore, redisAnswerStore } from '../../../src/shared/cache/index.ts';
import { localBus } from '../../../src/shared/index.ts';

/**
 * What the cache of exact answers itself takes, in microseconds of this process's CPU a call: `node run.js [REDIS_URL]`.
 * The upstream is a function that answers at once, so that nothing else is measured.
 */

const WARM_UP = 300;
const CALLS = 3000;
const ANSWER = Buffer.alloc(2000, 'a');
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const off: Plan = NO_LEVERS;
const on: Plan = {
  ...NO_LEVERS,
  cache: { ...NO_CACHE, exact: { ...NO_CACHE.exact, enabled: true, nondeterministic: true } },
};

async function* upstream(): AsyncGenerator<Part> {
  const target = { provider: 'openai', model: 'gpt-4o-mini' };
  yield {
    type: 'head',
    status: 200,
    headers: { 'content-type': 'application/json' },
    target,
    warnings: [],
  };
  yield { type: 'wire', chunks: [ANSWER] };
  yield { type: 'usage', usage: usageOf({ input: 100, output: 100 }), source: 'provider' };
  yield { type: 'finish', reason: 'stop' };
}

function callWith(plan: Plan, body: JsonObject, bytes: Uint8Array): Call {
  const none = (): never => {
    throw new Error('not needed');
  };
  return {
    id: '01900000-0000-7000-8000-000000000000',
    receivedAt: 0,
    dialect: 'openai-chat',
    operation: 'generate',
    requestedModel: 'gpt-4o-mini',
    stream: false,
    caller: {
      keyId: 'k',
      keyName: 'k',
      team: 't',
      user: null,
      tags: {},
      session: null,
      traceparent: null,
      credential: null,
    },
    wire: { method: 'POST', url: '/v1/chat/completions', headers: {}, body: bytes },
    body,
    prompt: none,
    received: none,
    embedding: none,
    rewritten: false,
    typed: false,
    plan,
    candidates: null,
    resolvedBy: '',
    target: null,
    trail: new Trail(() => systemClock.ticks()),
    signal: new AbortController().signal,
  };
}

function bodyOf(bytes: number, index: number): { body: JsonObject; bytes: Uint8Array } {
  const body = {
    model: 'gpt-4o-mini',
    temperature: 0,
    messages: [{ role: 'user', content: `${index} ${'What is it? '.repeat(bytes / 12)}` }],
  };
  return { body, bytes: Buffer.from(JSON.stringify(body)) };
}

/** Microseconds of CPU and of waiting, a call. */
async function timed(count: number, work: (index: number) => Promise<void> | void) {
  for (let i = 0; i < WARM_UP; i++) await work(i);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) await work(i + WARM_UP);
  const used = process.cpuUsage(cpu);
  return {
    cpuUs: (used.user + used.system) / count,
    wallUs: ((performance.now() - startedAt) * 1000) / count,
  };
}

async function measure(name: string, store: AnswerStore): Promise<void> {
  const bus = localBus(log);
  const statistics = cacheStatistics(bus, 'benchmark');
  const stage = exactCacheStage({ store, readAnswer: () => null, statistics, clock: systemClock, log })(
    upstream,
  );
  const drive = async (plan: Plan, size: number, index: number): Promise<void> => {
    const { body, bytes } = bodyOf(size, index);
    for await (const _ of stage(callWith(plan, body, bytes)));
  };
  for (const size of [1_000, 100_000]) {
    await store.clear();
    const rows = {
      off: await timed(CALLS, (index) => drive(off, size, index)),
      miss: await timed(CALLS, (index) => drive(on, size, index)),
      hit: await timed(CALLS, () => drive(on, size, WARM_UP)),
      key: await timed(CALLS, (index) => {
        const { body, bytes } = bodyOf(size, index);
        answerKey(callWith(on, body, bytes), 't');
      }),
    };
    for (const [what, { cpuUs, wallUs }] of Object.entries(rows))
      console.log(
        `${name.padEnd(8)} ${String(size).padStart(7)} B  ${what.padEnd(5)} ${cpuUs.toFixed(1).padStart(8)} µs CPU ${wallUs.toFixed(1).padStart(8)} µs`,
      );
  }
  await store.clear();
  await store.close();
  statistics.close();
  await bus.close();
}

await measure('process', localAnswerStore(1_000_000_000, systemClock));
const [url] = process.argv.slice(2);
if (url) {
  const store = redisAnswerStore(url, 1_000_000_000, log);
  while (!(await store.put('probe', ANSWER, 1000))) await systemClock.sleep(20);
  await measure('redis', store);
}
