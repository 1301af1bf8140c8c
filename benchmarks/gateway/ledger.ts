/**
 * How many calls a second the ledger takes, what that costs the caller's event loop, and how long questions take once
 * there are many calls. Needs the built tree.
 *
 *     node dist/benchmarks/gateway/ledger.js [--calls 1000000] [--seconds 20] [--rate 5000] [--url postgres://…]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type * as ClockFile from '../../src/core/clock.ts';
import type * as SharedRoom from '../../src/shared/index.ts';
import type * as StoreRoom from '../../src/store/index.ts';
import { someCall } from './ledger-calls.ts';
import { machine, median } from './report.ts';
import { RESULTS } from './subjects.ts';

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '5000' },
    url: { type: 'string' },
  },
});
const calls = Number(flags.calls);
const rate = Number(flags.rate);
const DAY_MS = 86_400_000;
const DAYS = 30;
const REPEATS = 7;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const dist = new URL('../../../../dist/', import.meta.url).href;
const { EVERY_CALL, openStore } = (await import(`${dist}store/index.js`)) as typeof StoreRoom;
const { systemClock } = (await import(`${dist}core/clock.js`)) as typeof ClockFile;
const { localBus } = (await import(`${dist}shared/index.js`)) as typeof SharedRoom;

const dataDir = mkdtempSync(join(tmpdir(), 'infinite-llm-ledger-'));
const firstOpenMs = await timed(async () => {
  await (await open()).close();
});
let store = await open();
const results: Record<string, unknown> = {
  startedAt: new Date().toISOString(),
  machine: machine(),
  store: flags.url === undefined ? 'embedded' : 'postgres',
  calls,
  firstOpenMs,
};

try {
  say(`filling up to ${calls} calls over ${DAYS} days`);
  results['fill'] = await fill(calls);
  say(`${rate} calls a second for ${flags.seconds} s`);
  results['paced'] = await paced(rate, Number(flags.seconds));
  await store.close();
  results['openMs'] = await timed(async () => {
    store = await open();
  });
  say('questions');
  results['questionsMs'] = await questions(Date.now());
} finally {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
}

console.log(JSON.stringify(results, null, 2));
mkdirSync(RESULTS, { recursive: true });
const name = String(results['startedAt']).slice(0, 16).replace(':', '-');
writeFileSync(join(RESULTS, `ledger-${name}.json`), `${JSON.stringify(results, null, 2)}\n`);

function open(): Promise<StoreRoom.Store> {
  const log = { info: () => undefined, warn: say, error: say };
  const options = { dataDir, log, clock: systemClock, bus: localBus(), retentionDays: null };
  return openStore({ ...options, url: flags.url ?? dataDir });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return Math.round(performance.now() - started);
}

/** As fast as the store takes them, with a few thousand on their way. */
async function fill(count: number): Promise<object> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begin = Date.now() - DAYS * DAY_MS;
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (let made = 0; made < count; made += 20) {
    for (let each = made; each < made + 20; each += 1)
      store.ledger.append(someCall(begin + (each / count) * DAYS * DAY_MS));
    while (store.ledger.journaledRows > 4_000) await pause(1);
    await turn();
    if (made > 0 && made % 100_000 === 0)
      say(`  ${made}: ${Math.round(made / ((performance.now() - started) / 1_000))}/s`);
  }
  await store.ledger.flush();
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    callsPerSecond: Math.round(count / seconds),
    callsPerCpuSecond: Math.round(count / ((user + system) / 1e6)),
    ...delayOf(delay),
  };
}

/** Whether a steady rate is kept up with, and how late the caller's event loop gets. */
async function paced(perSecond: number, seconds: number): Promise<object> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const appendUs: number[] = [];
  const started = performance.now();
  let made = 0;
  let mostWaiting = 0;
  while (made < perSecond * seconds) {
    const due = Math.floor(((performance.now() - started) / 1_000) * perSecond);
    for (; made < due; made += 1) {
      const call = someCall(Date.now());
      const before = performance.now();
      store.ledger.append(call);
      appendUs.push((performance.now() - before) * 1_000);
    }
    mostWaiting = Math.max(mostWaiting, store.ledger.journaledRows);
    await pause(1);
  }
  const lateMs = await timed(() => store.ledger.flush());
  return {
    callsPerSecond: Math.round(made / ((performance.now() - started) / 1_000)),
    mostWaiting,
    flushAfterMs: lateMs,
    appendUsMedian: Number(median(appendUs).toFixed(1)),
    ...delayOf(delay),
  };
}

function delayOf(delay: ReturnType<typeof monitorEventLoopDelay>): object {
  delay.disable();
  const ms = (nanoseconds: number): number => Number((nanoseconds / 1e6).toFixed(2));
  return {
    eventLoopDelayMs: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
  };
}

async function questions(now: number): Promise<object> {
  const ago = (days: number): string => new Date(now - days * DAY_MS).toISOString();
  const month: StoreRoom.SpanFilter = { ...EVERY_CALL, from: ago(30), to: ago(0) };
  const day: StoreRoom.SpanFilter = { ...EVERY_CALL, from: ago(1), to: ago(0) };
  const { queries } = store;
  const page = { limit: 50, cursor: null };
  const [some] = (await queries.calls(month, page)).calls;
  const spend =
    (filter: StoreRoom.SpanFilter, ...groupBy: string[]) =>
    () =>
      queries.spend({ filter, groupBy, limit: 200 });
  const latency =
    (filter: StoreRoom.SpanFilter, ...groupBy: string[]) =>
    () =>
      queries.latency({ filter, groupBy, limit: 200 });
  const asked: Record<string, () => Promise<unknown>> = {
    'spend, 30 days, by day': spend(month, 'day'),
    'spend, 30 days, by day and model': spend(month, 'day', 'model'),
    'spend, 30 days, by team and model': spend(month, 'team', 'model'),
    'spend, 30 days, by user': spend(month, 'user'),
    'spend, 30 days, by key': spend(month, 'key'),
    'spend, 30 days, by day and tag:feature': spend(month, 'day', 'tag:feature'),
    'spend, 30 days, of one model, by day and team': spend({ ...month, model: 'model-3' }, 'day', 'team'),
    'spend, 24 hours, by hour and model': spend(day, 'hour', 'model'),
    'spend, 24 hours, by key': spend(day, 'key'),
    'spend, 24 hours, by tag': spend(day, 'tag'),
    'spend of one session, 30 days': spend({ ...month, session: 'session-77' }),
    'latency, 24 hours, by hour': latency(day, 'hour'),
    'latency, 24 hours, by model': latency(day, 'model'),
    'latency, 30 days, by day': latency(month, 'day'),
    'latency, 24 hours, by team': latency(day, 'team'),
    'latency, 30 days, by team': latency(month, 'team'),
    'errors, 30 days': () => queries.errors(month),
    'values to filter by, 30 days': () => queries.dimensions(ago(30)),
    'newest 50 calls': () => queries.calls(EVERY_CALL, page),
    'newest 50 calls of one team': () => queries.calls({ ...EVERY_CALL, team: 'team-3' }, page),
    'newest 50 calls of nobody': () => queries.calls({ ...EVERY_CALL, user: 'nobody' }, page),
    'one call': () => queries.call(some?.id ?? ''),
    'live tail, nothing new': () => queries.tail(null, 500).then(({ mark }) => queries.tail(mark, 500)),
  };
  const times: Record<string, { median: number; max: number }> = {};
  for (const [name, ask] of Object.entries(asked)) {
    const runs: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      const started = performance.now();
      await ask();
      runs.push(performance.now() - started);
    }
    times[name] = { median: Math.round(median(runs)), max: Math.round(Math.max(...runs)) };
    say(`  ${String(times[name].median).padStart(6)} ms  ${name}`);
  }
  return times;
}
