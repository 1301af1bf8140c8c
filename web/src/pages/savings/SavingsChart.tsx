import { useMemo } from 'react';
import { spendCourse, type SpendCourse } from '../../charts/series.ts';
import { exactUsd } from '../../format/money.ts';
import { CourseChart } from '../overview/CourseChart.tsx';
import { leverName } from './lever-name.ts';
import { amountRows } from './savings-rows.ts';
import type { SavingsData } from './use-savings.ts';

interface SavingsChartProps {
  readonly data: SavingsData;
  readonly ranked: readonly (string | null)[];
  readonly asTable: boolean;
  readonly onTable: (asTable: boolean) => void;
  readonly onPick: (lever: string | null) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

/** What each lever saved over time; where one cost more than it saved, its bar hangs below the line. */
export function SavingsChart({ data, ranked, ...props }: SavingsChartProps) {
  const { course: savings, buckets, stale } = data;
  const course = useMemo(
    () => savings && spendCourse({ ...savings, rows: amountRows(savings.rows), buckets }, 'lever', ranked),
    [savings, buckets, ranked],
  );
  return (
    <CourseChart
      {...props}
      title="Saved over time"
      what="Savings"
      className="savings-chart"
      course={course}
      ranked={ranked}
      dimension="lever"
      nameOf={leverName}
      summaryOf={summaryOf}
      stale={stale}
    />
  );
}

function summaryOf({ totals, series }: SpendCourse): string {
  const total = totals.reduce((sum, one) => sum + one, 0n);
  const [first] = series;
  const most = first ? `, most by ${leverName(first.value)}` : '';
  return `Bar chart of savings: ${exactUsd(total)} in ${totals.length} bars${most}. The same figures are in the table.`;
}
