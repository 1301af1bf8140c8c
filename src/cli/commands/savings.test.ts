import { describe, expect, it } from 'vitest';
import { fakeLedger } from '../../api/testing/fake-deps.contract.ts';
import { runCommand } from '../testing/run.contract.ts';

describe('savings', () => {
  it('shows exact sums beside the bill', async () => {
    const ledger = fakeLedger();
    const savings: typeof ledger.savings = async ({ filter, groupBy }) => ({
      from: filter.from,
      to: filter.to,
      groupBy: [...groupBy],
      rows: [
        { group: { lever: 'cache' }, calls: 1_200, savedUsd: '2.500000000001' },
        { group: { lever: 'compress' }, calls: 3, savedUsd: '-0.010000' },
      ],
      total: { calls: 1_201, savedUsd: '2.490000000001', spentUsd: '7.51', withoutUsd: '10.000000000001' },
      overlapping: true,
    });
    const { code, out } = await runCommand(['savings', '--since', '7d'], { ledger: { ...ledger, savings } });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "2026-11-17 12:00:00 to 2026-11-24 12:00:01 UTC
      lever     calls             saved  of the bill
      cache     1,200   $2.500000000001        25.0%
      compress      3  -$0.010000000000        -0.1%
      total     1,201   $2.490000000001        24.9%
      $7.51 spent; $10.000000000001 without the levers.
      Each lever is counted against not using it alone: what several saved on one call may overlap.
      "
    `);
  });

  it('passes its filters on, and says when there is nothing', async () => {
    const ledger = fakeLedger();
    const line = ['savings', '--by', 'day,lever', '--lever', 'cache', '--team', 'a'];
    expect((await runCommand(line, { ledger })).code).toBe(0);
    expect(ledger.asked[0]).toMatchObject({
      groupBy: ['day', 'lever'],
      filter: { lever: 'cache', team: 'a' },
    });
    const none: typeof ledger.savings = async ({ filter }) => ({
      from: filter.from,
      to: filter.to,
      groupBy: [],
      rows: [],
      total: { calls: 0, savedUsd: '0.000000', spentUsd: '1.000000', withoutUsd: '1.000000' },
    });
    const { out } = await runCommand(['savings', '--by', ''], { ledger: { ...ledger, savings: none } });
    expect(out).toContain('No call on which');
  });
});
