import type { Savings, Spend } from '../../api/types.ts';
import type { AmountRow } from '../../charts/series.ts';
import { type Change, relativeChange } from '../../format/change.ts';
import { perCall, picoFromUsd, type PicoUsd, pixelUsd, shareOf } from '../../format/money.ts';
import { type Dimension, groupValue } from '../../view/dimension.ts';

/** One group of a table of savings. */
export interface SavedRow {
  readonly value: string | null;
  readonly saved: PicoUsd;
  /** Of the bill as it would have been, 0 to 1. */
  readonly ofBill: number;
  /** Calls on which a saving is known. */
  readonly calls: number;
  readonly perCall: PicoUsd;
  /** What the group's calls cost; null where that is not asked. */
  readonly spent: PicoUsd | null;
}

/** What was saved of the bill as it would have been, 0 to 1. */
export function savedShare({ total }: Savings): number {
  return shareOf(picoFromUsd(total.savedUsd), picoFromUsd(total.withoutUsd));
}

/** Only between gains: against a loss a percentage says nothing. */
export function savedChange(now: Savings, before: Savings): Change | null {
  const [a, b] = [picoFromUsd(now.total.savedUsd), picoFromUsd(before.total.savedUsd)];
  return a > 0n && b > 0n ? relativeChange(pixelUsd(a), pixelUsd(b)) : null;
}

/** Each lever against the whole bill, the one that saved most first. */
export function leverRows(savings: Savings): readonly SavedRow[] {
  const without = picoFromUsd(savings.total.withoutUsd);
  return savings.rows.map(({ group, calls, savedUsd }) => {
    const saved = picoFromUsd(savedUsd);
    return {
      value: groupValue(group, 'lever'),
      saved,
      ofBill: shareOf(saved, without),
      calls,
      perCall: perCall(saved, calls),
      spent: null,
    };
  });
}

/** Each group against its own bill. Without its bill, which the server may have folded away, against none. */
export function groupRows(
  savings: Savings,
  spend: Spend | undefined,
  dimension: Dimension,
): readonly SavedRow[] {
  const bills = new Map(
    spend?.rows.map((row) => [groupValue(row.group, dimension), picoFromUsd(row.costUsd)]),
  );
  return savings.rows.map(({ group, calls, savedUsd }) => {
    const value = groupValue(group, dimension);
    const saved = picoFromUsd(savedUsd);
    const spent = bills.get(value) ?? null;
    return {
      value,
      saved,
      ofBill: spent === null ? 0 : shareOf(saved, spent + saved),
      calls,
      perCall: perCall(saved, calls),
      spent,
    };
  });
}

/** As the chart takes them. */
export function amountRows(rows: Savings['rows']): readonly AmountRow[] {
  return rows.map(({ group, savedUsd }) => ({ group, costUsd: savedUsd }));
}
