import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/random.contract.ts';
import { NO_ROUTE } from '../../../core/plan/route.ts';
import { betaCdf, lowerBound, meanOf, sample } from './beta.ts';
import { LatencyHistogram, RecentMean } from './histogram.ts';
import { callRecord } from '../../../../test/services/call-record.ts';
import { ModelTable } from './model-table.ts';
import { observeRecord } from './observe.ts';
import { seed } from './seed.ts';

const HOUR = 3_600_000;
const TARGET = { provider: 'a', model: 'one' };
const NAME = 'a/one';

describe('what is learned of calls', () => {
  it('is nothing of those that were answered in a batch of the provider’s', () => {
    const table = new ModelTable(() => 0);
    const batched = { target: TARGET, serviceTier: 'batch' };
    observeRecord(table, callRecord(batched));
    observeRecord(table, callRecord({ ...batched, status: 'error', errorCode: 'upstream_error' }));
    expect(table.stats(NAME)).toBeUndefined();
    observeRecord(table, callRecord({ target: TARGET }));
    expect(table.stats(NAME)).toBeDefined();
  });
});

describe('LatencyHistogram', () => {
  it('gives quantiles within 4 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.95, 0.99),
        (durations, share) => {
          const histogram = new LatencyHistogram(HOUR, 0);
          for (const ms of durations) histogram.add(ms, 0);
          const exact = durations.toSorted((x, y) => x - y)[Math.ceil(share * durations.length) - 1]!;
          expect(histogram.quantile(share)! / exact).toBeGreaterThan(0.96);
          expect(histogram.quantile(share)! / exact).toBeLessThan(1.041);
        },
      ),
    );
  });

  it('forgets half in a half-life', () => {
    const histogram = new LatencyHistogram(HOUR, 0);
    for (let count = 0; count < 100; count++) histogram.add(10, 0);
    expect(histogram.weight(HOUR)).toBeCloseTo(50, 6);
    for (let count = 0; count < 60; count++) histogram.add(1000, HOUR);
    expect(histogram.quantile(0.5)! / 1000).toBeCloseTo(1, 1);
  });

  it('says nothing of nothing', () => {
    expect(new LatencyHistogram(HOUR, 0).quantile(0.5)).toBeNull();
    expect(new RecentMean(HOUR, 0).mean).toBeNull();
  });
});

describe('Beta', () => {
  it('has the distribution function of known values', () => {
    // I_x(1, 1) = x; I_x(2, 1) = x²; I_½(a, a) = ½; I_0.3(2, 5) by its binomial sum.
    expect(betaCdf(0.3, 1, 1)).toBeCloseTo(0.3, 10);
    expect(betaCdf(0.3, 2, 1)).toBeCloseTo(0.09, 10);
    expect(betaCdf(0.5, 7.5, 7.5)).toBeCloseTo(0.5, 10);
    expect(betaCdf(0.3, 2, 5)).toBeCloseTo(0.579825, 6);
  });

  it('has bounds that its distribution function confirms', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 5000, noNaN: true }),
        fc.double({ min: 0.05, max: 5000, noNaN: true }),
        fc.constantFrom(0.8, 0.95, 0.99),
        (alpha, beta, confidence) => {
          const low = lowerBound({ alpha, beta }, confidence);
          expect(betaCdf(low - 2e-6, alpha, beta)).toBeLessThanOrEqual(1 - confidence + 1e-9);
          expect(betaCdf(low + 2e-6, alpha, beta)).toBeGreaterThanOrEqual(1 - confidence - 1e-9);
        },
      ),
    );
  });

  it.each([
    [0.5, 0.5],
    [1, 1],
    [30, 3],
    [200, 800],
  ])('is sampled with its mean and spread: Beta(%d, %d)', (alpha, beta) => {
    const random = seededRandom(7);
    const draws = Array.from({ length: 20_000 }, () => sample({ alpha, beta }, random));
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
    const expected = (alpha * beta) / ((alpha + beta) ** 2 * (alpha + beta + 1));
    expect(mean).toBeCloseTo(meanOf({ alpha, beta }), 2);
    expect(variance / expected).toBeGreaterThan(0.93);
    expect(variance / expected).toBeLessThan(1.07);
  });
});

describe('ModelTable', () => {
  const outcome = {
    target: TARGET,
    failed: false,
    ttftMs: 50,
    totalMs: 500,
    outputTokens: 100,
    usdPerToken: null,
  };

  it('knows a latency once there are ten, and forgets it when they are old', () => {
    let now = 0;
    const table = new ModelTable(() => now);
    for (let calls = 0; calls < 9; calls++) table.learn(outcome);
    expect(table.latencyMs(NAME, true, 0.95)).toBeNull();
    for (let calls = 0; calls < 3; calls++) table.learn(outcome);
    expect(table.latencyMs(NAME, true, 0.95)! / 50).toBeCloseTo(1, 1);
    expect(table.latencyMs(NAME, false, 0.95)! / 500).toBeCloseTo(1, 1);
    now = HOUR;
    expect(table.latencyMs(NAME, true, 0.95)).toBeNull();
  });

  it('raises the lower bound with good ratings, and takes them back', () => {
    const table = new ModelTable(() => 0);
    const lower = (): number => table.quality(NAME, 'code', NO_ROUTE).lower;
    const before = lower();
    const good = { requestedModel: 'fast', target: TARGET, task: 'code', count: 50, scoreSum: 49 };
    table.rate(good);
    expect(lower()).toBeGreaterThan(0.85);
    expect(table.quality(NAME, 'chat', NO_ROUTE).lower).toBe(before);
    expect(table.belief('other', NAME, 'code', NO_ROUTE)).toEqual({ alpha: 1, beta: 1 });
    expect(table.belief('fast', NAME, 'code', NO_ROUTE)).toEqual({ alpha: 50, beta: 2 });
    table.rate({ ...good, count: -50, scoreSum: -49 });
    expect(lower()).toBeCloseTo(before, 9);
  });

  it('begins with the quantiles of the ledger', () => {
    const table = new ModelTable(() => 0);
    const at = { p50: 100, p90: 200, p95: 400, p99: 900 };
    const history = {
      target: TARGET,
      calls: 1000,
      errors: 100,
      ttftMs: null,
      totalMs: at,
      outputTokens: 70,
      usdPerToken: null,
    };
    seed(table, [history], 0);
    expect(table.latencyMs(NAME, false, 0.5)! / 100).toBeCloseTo(1, 1);
    expect(table.latencyMs(NAME, false, 0.95)! / 400).toBeCloseTo(1, 1);
    expect(table.successRate(NAME)).toBeCloseTo(0.9, 9);
    expect(table.outputTokens(NAME)).toBe(70);
  });
});
