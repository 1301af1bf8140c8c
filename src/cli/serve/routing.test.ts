import { describe, expect, it } from 'vitest';
import { fakeLedger } from '../../api/testing/fake-deps.contract.ts';
import { callRecord } from '../../api/testing/record.contract.ts';
import { systemClock } from '../../core/clock.ts';
import { CallError } from '../../core/errors.ts';
import type { Feedback, FeedbackStore } from '../../core/feedback.ts';
import { NO_ROUTE } from '../../core/plan/route.ts';
import { usageOf } from '../../core/usage.ts';
import { localBus } from '../../shared/index.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import { openRouting, type RoutingDeps } from './routing.ts';

const NAME = 'openai/gpt-4o';
const target = { provider: 'openai', model: 'gpt-4o' };
const group = { provider: 'openai', model: 'gpt-4o' };
const at = { p50: 100, p90: 200, p95: 400, p99: 900 };

function feedbackStore(): FeedbackStore {
  const kept = new Map<string, Feedback>();
  return {
    put: async (feedback) => {
      const old = kept.get(feedback.callId) ?? null;
      kept.set(feedback.callId, feedback);
      return old;
    },
    sums: async () =>
      [...kept.values()].map(({ score, ...rest }) => ({ ...rest, count: 1, scoreSum: score })),
  };
}

const experiments: RoutingDeps['store']['experiments'] = {
  all: async () => [],
  add: async () => [],
  end: async () => true,
};

const given = (change: Partial<Feedback> = {}): Feedback => ({
  callId: callRecord().id,
  at: 0,
  score: 1,
  comment: null,
  task: 'code',
  requestedModel: 'fast',
  target,
  keyId: null,
  ...change,
});

describe('openRouting', () => {
  it('begins with the ledger of the last day', async () => {
    const ledger = fakeLedger();
    const latency = { calls: 50, errors: 10, errorRate: 0.2, ttftMs: at, totalMs: null, overheadMs: null };
    const spent = {
      calls: 50,
      errors: 10,
      aborted: 0,
      unpricedCalls: 0,
      estimatedCalls: 0,
      usage: usageOf({ input: 4000, output: 4000 }),
      costUsd: '0.800000',
    };
    // Calls in batches are cheaper, and no call made now is like them.
    const ofBatches = {
      ...spent,
      calls: 20,
      errors: 0,
      usage: usageOf({ input: 80_000, output: 10 }),
      costUsd: '0.500000',
    };
    const all = {
      ...spent,
      calls: 70,
      usage: usageOf({ input: 84_000, output: 4010 }),
      costUsd: '1.300000',
    };
    const queries: RoutingDeps['store']['queries'] = {
      ...ledger,
      latency: async (query) => ({ ...(await ledger.latency(query)), rows: [{ group, ...latency }] }),
      spend: async (query) => {
        const sums = query.filter.tags.length > 0 ? ofBatches : all;
        return { ...(await ledger.spend(query)), rows: [{ group, ...sums }] };
      },
    };
    const store = { queries, feedback: feedbackStore(), experiments };
    const routing = openRouting({ store, bus: localBus(), clock: systemClock, log: silentLog });
    await routing.ready;
    expect(routing.table.latencyMs(NAME, true, 0.95)! / 400).toBeCloseTo(1, 1);
    expect(routing.table.latencyMs(NAME, false, 0.95)).toBeNull();
    expect(routing.table.outputTokens(NAME)).toBe(100);
    expect(routing.table.successRate(NAME)).toBeCloseTo(0.8, 6);
    expect(routing.table.stats(NAME)?.usdPerToken.mean).toBeCloseTo(0.0001, 9);
    await routing.close();
  });

  it('starts without a store that is away', async () => {
    const away = async (): Promise<never> => {
      throw new CallError('not_ready', 'The store cannot be reached.');
    };
    const queries = { ...fakeLedger(), latency: away, spend: away };
    const store = { queries, feedback: feedbackStore(), experiments };
    const routing = openRouting({ store, bus: localBus(), clock: systemClock, log: silentLog });
    await routing.ready;
    expect(routing.table.targets).toEqual([]);
    await routing.close();
  });

  it('tells all gateways of feedback, and takes back what is replaced', async () => {
    const bus = localBus();
    const store = { queries: fakeLedger(), feedback: feedbackStore(), experiments };
    const [one, two] = [1, 2].map(() => openRouting({ store, bus, clock: systemClock, log: silentLog }));
    await Promise.all([one!.ready, two!.ready]);
    const evidence = (task: string): number[] =>
      [one!, two!].map(({ table }) => table.quality(NAME, task, NO_ROUTE).evidence);
    await one!.give(given(), callRecord());
    await expect.poll(() => evidence('code')).toEqual([1, 1]);
    await two!.give(given({ task: 'chat', score: 0 }), callRecord());
    await expect.poll(() => evidence('chat')).toEqual([1, 1]);
    expect(evidence('code')).toEqual([0, 0]);
    await Promise.all([one!.close(), two!.close()]);
  });
});
