import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { seriesColor } from '../../charts/palette.ts';
import { rankGroups, spendCourse, type SpendCourse } from '../../charts/series.ts';
import { Segmented } from '../../components/controls/Segmented.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { exactUsd, formatUsd, pixelUsd } from '../../format/money.ts';
import { formatBucket } from '../../format/time.ts';
import { CourseTable } from './CourseTable.tsx';
import { Legend } from './Legend.tsx';
import type { OverviewData } from './use-overview.ts';

const FORMS = [
  { value: 'chart', label: 'Chart' },
  { value: 'table', label: 'Table' },
] as const;

const StackedBars = lazy(() => import('../../charts/StackedBars.tsx'));

interface SpendChartProps {
  readonly overview: OverviewData;
  readonly asTable: boolean;
  /** Chooses the dimension. */
  readonly splitBy: ReactNode;
  readonly nameOf: (value: string | null) => string;
  readonly onTable: (asTable: boolean) => void;
  readonly onPick: (value: string | null) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

export function SpendChart({ overview, asTable, splitBy, nameOf, onTable, onPick, onZoom }: SpendChartProps) {
  const { course: query, spend, dimension, buckets } = overview;
  const [hovered, setHovered] = useState<number | null>(null);
  const ranked = useMemo(() => rankGroups(spend.data?.rows ?? [], dimension), [spend.data, dimension]);
  const course = useMemo(
    () => query.data && spend.data && spendCourse(query.data, dimension, buckets, ranked),
    [query.data, spend.data, dimension, buckets.unit, buckets.lengthMs, ranked],
  );
  const bars = useMemo(() => course && barsOf(course, ranked, nameOf), [course, ranked, nameOf]);
  const at = course && hovered !== null && hovered < course.startsMs.length ? hovered : null;

  return (
    <Panel
      title="Spend over time"
      className="chart-panel"
      stale={query.isPlaceholderData || spend.isPlaceholderData}
      aside={
        <>
          {splitBy}
          <Segmented
            label="Show as"
            choices={FORMS}
            value={asTable ? 'table' : 'chart'}
            onChange={(form) => onTable(form === 'table')}
          />
        </>
      }
    >
      {query.error && !query.data ? (
        <ErrorState error={query.error} what="Spend over time" onRetry={() => void query.refetch()} />
      ) : asTable && course ? (
        <CourseTable course={course} nameOf={nameOf} dimension={dimension} />
      ) : (
        <div className="chart">
          <div className="chart-space">
            {bars && course && (
              <Suspense fallback={null}>
                <StackedBars data={bars} summary={summaryOf(course)} onHover={setHovered} onZoom={onZoom} />
              </Suspense>
            )}
          </div>
          <Legend
            course={course}
            at={at}
            ranked={ranked}
            nameOf={nameOf}
            dimension={dimension}
            onPick={onPick}
          />
        </div>
      )}
      {spend.data?.overlapping && (
        <p className="hint panel-note">
          A call with several tags counts under each of them: groups add up to more than the total.
        </p>
      )}
    </Panel>
  );
}

function barsOf(
  course: SpendCourse,
  ranked: readonly (string | null)[],
  nameOf: (value: string | null) => string,
) {
  return {
    startsMs: course.startsMs,
    lengthMs: course.lengthMs,
    series: course.series.map(({ value, amounts }) => ({
      label: nameOf(value),
      color: seriesColor(ranked, value),
      values: amounts.map(pixelUsd),
    })),
  };
}

function summaryOf(course: SpendCourse): string {
  const total = course.totals.reduce((sum, one) => sum + one, 0n);
  let peak = 0;
  for (const [index, amount] of course.totals.entries())
    if (amount > (course.totals[peak] ?? 0n)) peak = index;
  const when = formatBucket(course.startsMs[peak] ?? 0, course.lengthMs);
  return `Bar chart of spend: ${exactUsd(total)} in ${course.totals.length} bars, most in ${when} with ${formatUsd(course.totals[peak] ?? 0n)}. The same figures are in the table.`;
}
