import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../../core/record.ts';
import type { Bus } from '../../core/ports.ts';
import { cacheReport } from './report.ts';
import { cacheStatistics, NO_COUNTS } from './statistics.ts';

/** A bus whose messages the test carries. */
function lineOf(): { bus: Bus; say: (message: string) => void } {
  const listeners: ((message: string) => void)[] = [];
  const say = (message: string): void => {
    for (const listen of listeners) listen(message);
  };
  const bus: Bus = {
    publish: () => undefined,
    subscribe: (_, listener) => {
      listeners.push(listener);
      return () => undefined;
    },
    close: async () => undefined,
  };
  return { bus, say };
}

const row = (action: string, costUsd: string | null, savedUsd?: string): CallRecord =>
  ({
    costUsd,
    totalMs: 100,
    decisions: [{ stage: 'cache', action, why: '', atMs: 0, ...(savedUsd && { savedUsd }) }],
  }) as unknown as CallRecord;

describe('what the cache is worth', () => {
  it('is the cost-weighted hit rate less what looking up and storing cost', () => {
    const statistics = cacheStatistics(lineOf().bus, 'one');
    // Three hits of a dollar and a miss of three: half of the calls' cost was saved by three of four calls.
    for (let i = 0; i < 3; i++) statistics.observe(row('hit', '0', '1.000000'));
    statistics.observe(row('missed', '3.000000'));
    for (let i = 0; i < 4; i++) statistics.looked(2);
    statistics.stored(8);
    // $3,600 an hour is a dollar a second.
    const report = cacheReport(statistics.counts(), '3600');
    expect(report).toMatchObject({ hitRate: 0.75, costWeightedHitRate: 0.5, machineCounted: true });
    // API: $1.50 a call; lookup 2 ms: $0.002; store 8 ms on the one miss: $0.008.
    expect(report.netSavingShare).toBeCloseTo(0.5 - 0.002 / 1.5 - 0.25 * (0.008 / 1.5), 12);
    // API: 100 ms.
    expect(report.netTimeShare).toBeCloseTo(0.75 - 2 / 100 - 0.25 * (8 / 100), 12);
    statistics.close();
  });

  it('is not known before the first call, and leaves out what has no price', () => {
    expect(cacheReport(NO_COUNTS, null)).toMatchObject({
      hitRate: null,
      netSavingShare: null,
      machineCounted: false,
    });
    const statistics = cacheStatistics(lineOf().bus, 'one');
    statistics.observe(row('hit', '0'));
    statistics.observe(row('missed', null));
    statistics.observe(row('bypassed', '5.000000'));
    expect(statistics.counts()).toMatchObject({ unpriced: 2, savedUsd: '0.000000', missedUsd: '0.000000' });
    statistics.close();
  });

  it('is that of all processes together', () => {
    const { bus, say } = lineOf();
    const statistics = cacheStatistics(bus, 'one');
    statistics.observe(row('joined', '0', '0.000000000001'));
    const told = { ...NO_COUNTS, hits: 5, savedUsd: '2.000000' };
    say(JSON.stringify({ origin: 'two', counts: { ...told, hits: 4 } }));
    say(JSON.stringify({ origin: 'two', counts: told }));
    say(JSON.stringify({ origin: 'one', counts: told }));
    expect(statistics.counts()).toMatchObject({ hits: 5, joined: 1, savedUsd: '2.000000000001' });
    expect(statistics.own()).toMatchObject({ hits: 0, joined: 1 });
    statistics.close();
  });
});
