import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '../src/core/record.ts';
import { launch, LONGEST_START_MS } from './launch.ts';
import type { Running } from './launch.ts';

let demo: Running;
beforeAll(async () => {
  demo = await launch(['demo', '--port', '0']);
}, LONGEST_START_MS);
afterAll(() => demo.stop());

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${demo.origin}/api/v1${path}`);
  return (await response.json()) as T;
}

describe('infinite-llm demo', () => {
  it('says that it is a simulation', async () => {
    expect(await get('/about')).toMatchObject({ demo: true });
    expect(demo.output()).toMatch(/simulated/i);
  });

  it('has a past, by team and day', async () => {
    type Spend = { total: { calls: number; costUsd: string; unpricedCalls: number }; rows: unknown[] };
    await expect
      .poll(async () => (await get<Spend>('/spend?from=30d&groupBy=day,team')).total.calls, {
        timeout: 20_000,
      })
      .toBeGreaterThan(3000);
    const { total, rows } = await get<Spend>('/spend?from=30d&groupBy=day,team');
    expect(Number(total.costUsd)).toBeGreaterThan(10);
    expect(total.unpricedCalls).toBeGreaterThan(50);
    expect(rows.length).toBeGreaterThan(40);
  });

  it('has levers at work: a cache, budgets, and a batch at three providers and one without batches', async () => {
    type Batches = { batches: { total: number; carriers: unknown[] }[] };
    await expect
      .poll(async () => (await get<Batches>('/batches')).batches[0], { timeout: 30_000 })
      .toMatchObject({
        total: 12,
        carriers: expect.arrayContaining(
          ['openai', 'anthropic', 'google'].map((provider) => ({ provider, asBatch: true, calls: 3 })),
        ),
      });
    const { budgets } = await get<{ budgets: { name: string; spentUsd: string }[] }>('/budgets');
    expect(budgets.length).toBeGreaterThan(5);
    expect(Number(budgets.find(({ name }) => name === 'everything')?.spentUsd)).toBeGreaterThan(1);
    await expect
      .poll(async () => (await get<{ misses: number }>('/cache')).misses, { timeout: 30_000 })
      .toBeGreaterThan(0);
  });

  it('goes on calling, and its calls go well', async () => {
    const live = async (): Promise<CallRecord[]> =>
      (await get<{ calls: CallRecord[] }>('/calls?limit=100')).calls.filter(({ session }) =>
        session?.endsWith('-live'),
      );
    await expect.poll(async () => (await live()).length, { timeout: 25_000 }).toBeGreaterThan(7);
    const calls = await live();
    expect(calls.filter(({ status }) => status === 'ok').length).toBeGreaterThan(calls.length / 2);
    // OpenAI's `user` is booked, but Gemini has no place for it.
    const warnings = calls.flatMap((call) => call.warnings);
    expect(warnings.filter((warning) => !warning.startsWith('user:'))).toEqual([]);
  });
});
