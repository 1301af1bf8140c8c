import { describe, expect, it } from 'vitest';
import type { Savings, Spend } from '../../api/types.ts';
import { groupRows, leverRows, savedChange, savedShare } from './savings-rows.ts';

const USD = 10n ** 12n;

function savingsOf(rows: Savings['rows'], savedUsd: string): Savings {
  const total = { calls: 10, savedUsd, spentUsd: '6', withoutUsd: String(6 + Number(savedUsd)) };
  return { from: '', to: '', rows, total };
}

describe('rows of savings', () => {
  it('of levers stand against the whole bill as it would have been', () => {
    const rows = [
      { group: { lever: 'cache' }, calls: 4, savedUsd: '4' },
      { group: { lever: 'route' }, calls: 2, savedUsd: '-2' },
    ];
    const savings = savingsOf(rows, '2');
    expect(savedShare(savings)).toBe(0.25);
    expect(leverRows(savings)).toEqual([
      { value: 'cache', saved: 4n * USD, ofBill: 0.5, calls: 4, perCall: USD, spent: null },
      { value: 'route', saved: -2n * USD, ofBill: -0.25, calls: 2, perCall: -USD, spent: null },
    ]);
  });

  it('of groups stand against their own bill, where it is known', () => {
    const rows = [
      { group: { team: 'a' }, calls: 1, savedUsd: '1' },
      { group: { team: null }, calls: 1, savedUsd: '1' },
    ];
    const bills = { rows: [{ group: { team: 'a' }, costUsd: '3' }] } as unknown as Spend;
    const [a, none] = groupRows(savingsOf(rows, '2'), bills, 'team');
    expect(a).toMatchObject({ ofBill: 0.25, spent: 3n * USD });
    expect(none).toMatchObject({ value: null, ofBill: 0, spent: null });
  });

  it('are compared only with gains', () => {
    const [gain, loss] = [savingsOf([], '2'), savingsOf([], '-2')];
    expect(savedChange(gain, savingsOf([], '1'))).toEqual({ direction: 'up', text: '100%' });
    expect(savedChange(gain, loss)).toBeNull();
    expect(savedChange(loss, gain)).toBeNull();
  });
});
