import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BudgetState } from '../../core/admission.ts';
import { usageOf } from '../../core/usage.ts';
import { callRecord } from '../testing/record.contract.ts';
import { createMetrics, mergeMetrics } from './index.ts';

const sources = { inFlight: () => 3, journaledRows: () => 7, storeHealthy: () => false };

function lines(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('metrics', () => {
  it('count calls, tokens, dollars and times', async () => {
    const metrics = createMetrics(sources);
    metrics.observe(callRecord());
    metrics.observe(callRecord({ usage: usageOf({ input: 1, webSearches: 2 }), ttftMs: null }));
    metrics.observe(callRecord({ status: 'error', errorCode: 'rate_limited', costUsd: null, target: null }));
    metrics.observe(
      callRecord({ costUsd: null, unpriced: true, target: { provider: 'our-vllm', model: 'q"w' } }),
    );
    const text = await metrics.text();
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(lines(text, 'illm_calls_total')).toEqual([
      'illm_calls_total{status="ok",operation="generate",provider="openai",model="gpt-4o-mini"} 2',
      'illm_calls_total{status="error",operation="generate",provider="",model=""} 1',
      'illm_calls_total{status="ok",operation="generate",provider="our-vllm",model="q\\"w"} 1',
    ]);
    expect(text).toContain('illm_cost_usd_total{provider="openai",model="gpt-4o-mini"} 0.000054');
    expect(text).toContain('illm_tokens_total{kind="input",provider="openai",model="gpt-4o-mini"} 101');
    expect(text).toContain('illm_tokens_total{kind="webSearches",provider="openai",model="gpt-4o-mini"} 2');
    expect(text).not.toContain('kind="reasoning"');
    expect(text).toContain('illm_unpriced_calls_total{provider="our-vllm",model="q\\"w"} 1');
    expect(text).toContain('illm_call_errors_total{code="rate_limited"} 1');
    expect(text).toContain('illm_call_ttft_seconds_count{provider="openai"} 1');
    expect(text).toContain('illm_call_ttft_seconds_bucket{le="0.25",provider="openai"} 1');
    expect(text).toContain('illm_call_seconds_sum{provider="openai"} 1.8');
    expect(text).toContain('illm_calls_in_flight 3');
    expect(text).toContain('illm_journal_rows 7');
    expect(text).toContain('illm_store_healthy 0');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('time no call that was answered in a batch of its provider’s', async () => {
    const metrics = createMetrics(sources);
    metrics.observe(callRecord({ serviceTier: 'batch', totalMs: 0.1 }));
    const text = await metrics.text();
    expect(lines(text, 'illm_calls_total')).toHaveLength(1);
    expect(lines(text, 'illm_call_seconds')).toEqual([]);
  });

  it('tell how budgets stand, and nothing while that cannot be known', async () => {
    const budget: BudgetState = {
      name: 'team',
      by: 'team',
      value: 'search',
      valueName: null,
      limitUsd: '10.000000',
      spentUsd: '4.250000',
      reservedUsd: '1.000000',
      leftUsd: '4.750000',
      window: 'month',
      startsAt: '2026-11-01T00:00:00.000Z',
      resetsAt: '2026-12-01T00:00:00.000Z',
      degradeTo: null,
    };
    let known = true;
    let asked = 0;
    const budgets = async (): Promise<BudgetState[]> => {
      asked += 1;
      if (!known) throw new Error('no counters');
      return [budget];
    };
    const metrics = createMetrics({ ...sources, budgets });
    const text = await metrics.text();
    expect(lines(text, 'illm_budget')).toEqual([
      'illm_budget_limit_usd{budget="team",by="team",value="search"} 10',
      'illm_budget_spent_usd{budget="team",by="team",value="search"} 4.25',
      'illm_budget_reserved_usd{budget="team",by="team",value="search"} 1',
    ]);
    expect(asked).toBe(1);
    const merged = await mergeMetrics([await metrics.snapshot(), await metrics.snapshot()]);
    expect(merged).toContain('illm_budget_spent_usd{budget="team",by="team",value="search"} 4.25');
    known = false;
    expect(lines(await metrics.text(), 'illm_budget')).toEqual([]);
  });

  it('sum up savings by lever, and apart what levers cost more', async () => {
    const metrics = createMetrics(sources);
    const decision = { action: 'acted', why: 'a test', atMs: 1 };
    for (const savedUsd of ['0.25', '0.5', '-0.125'])
      metrics.observe(
        callRecord({
          decisions: [
            { ...decision, stage: 'cache', savedUsd },
            { ...decision, stage: 'route' },
          ],
        }),
      );
    const text = await metrics.text();
    expect(lines(text, 'illm_saved_usd_total')).toEqual(['illm_saved_usd_total{lever="cache"} 0.75']);
    expect(lines(text, 'illm_lost_usd_total')).toEqual(['illm_lost_usd_total{lever="cache"} 0.125']);
  });

  it('stay bounded however many models clients invent', async () => {
    const metrics = createMetrics(sources);
    for (let i = 0; i < 1000; i++)
      metrics.observe(callRecord({ target: { provider: 'openai', model: `m${i}` } }));
    const calls = lines(await metrics.text(), 'illm_calls_total');
    expect(calls).toHaveLength(201);
    expect(calls.at(-1)).toBe(
      'illm_calls_total{status="ok",operation="generate",provider="openai",model="(other)"} 800',
    );
  });

  it('of several processes add up', async () => {
    const healthy = { ...sources, storeHealthy: () => true };
    const both = [createMetrics(healthy), createMetrics(healthy)];
    for (const metrics of both) metrics.observe(callRecord());
    const text = await mergeMetrics(await Promise.all(both.map((metrics) => metrics.snapshot())));
    expect(text).toContain(
      'illm_calls_total{status="ok",operation="generate",provider="openai",model="gpt-4o-mini"} 2',
    );
    expect(text).toContain('illm_call_seconds_count{provider="openai"} 2');
    expect(text).toContain('illm_calls_in_flight 6');
    expect(text).toContain('illm_store_healthy 1');
  });

  it('are well-formed text for any names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (model, code) => {
        const metrics = createMetrics(sources);
        metrics.observe(callRecord({ target: { provider: 'openai', model }, errorCode: code }));
        for (const line of (await metrics.text()).split('\n'))
          expect(line).toMatch(
            /^$|^# (HELP|TYPE) |^[a-z0-9_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? [-+.eE\d]+$| Nan$|\+Inf/,
          );
      }),
      { numRuns: 30 },
    );
  });
});
