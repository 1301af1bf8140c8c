import { useMemo, type ReactNode } from 'react';
import { rankGroups, spendCourse, type SpendCourse } from '../../charts/series.ts';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { exactUsd, formatUsd } from '../../format/money.ts';
import { formatBucket } from '../../format/time.ts';
import { CourseChart } from './CourseChart.tsx';
import type { Overview } from './use-overview.ts';

interface SpendChartProps {
  readonly overview: Overview;
  readonly asTable: boolean;
  /** Chooses the dimension. */
  readonly splitBy: ReactNode;
  readonly nameOf: (value: string | null) => string;
  readonly onTable: (asTable: boolean) => void;
  readonly onPick: (value: string | null) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onRetry: () => void;
}

export function SpendChart({ overview, splitBy, onRetry, ...props }: SpendChartProps) {
  const { dimension, spend, course: rows, courseError } = overview.data;
  const ranked = useMemo(() => rankGroups(spend?.rows ?? [], dimension), [spend, dimension]);
  const course = useMemo(
    () => rows && spend && spendCourse(rows, dimension, ranked),
    [rows, spend, dimension, ranked],
  );
  return (
    <CourseChart
      {...props}
      title="Spend over time"
      what="Spend"
      course={course}
      ranked={ranked}
      dimension={dimension}
      summaryOf={summaryOf}
      stale={overview.stale}
      aside={splitBy}
      error={courseError && <ErrorState error={courseError} what="Spend over time" onRetry={onRetry} />}
    />
  );
}

function summaryOf(course: SpendCourse): string {
  const total = course.totals.reduce((sum, one) => sum + one, 0n);
  let peak = 0;
  for (const [index, amount] of course.totals.entries())
    if (amount > (course.totals[peak] ?? 0n)) peak = index;
  const when = formatBucket(course.startsMs[peak] ?? 0, course.lengthMs);
  return `Bar chart of spend: ${exactUsd(total)} in ${course.totals.length} bars, most in ${when} with ${formatUsd(course.totals[peak] ?? 0n)}. The same figures are in the table.`;
}
