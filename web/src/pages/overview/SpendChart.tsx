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
import type { Overview } from './use-overview.ts';

const FORMS = [
  { value: 'chart', label: 'Chart' },
  { value: 'table', label: 'Table' },
] as const;

const StackedBars = lazy(() => import('../../charts/StackedBars.tsx'));

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

export function SpendChart(props: SpendChartProps) {
  const { overview, asTable, splitBy, nameOf, onTable, onPick, onZoom, onRetry } = props;
  const { dimension, spend, course: rows, courseError } = overview.data;
  const [hovered, setHovered] = useState<number | null>(null);
  const ranked = useMemo(() => rankGroups(spend?.rows ?? [], dimension), [spend, dimension]);
  const course = useMemo(
    () => rows && spend && spendCourse(rows, dimension, ranked),
    [rows, spend, dimension, ranked],
  );
  const bars = useMemo(() => course && barsOf(course, ranked, nameOf), [course, ranked, nameOf]);
  const at = course && hovered !== null && hovered < course.startsMs.length ? hovered : null;
  const form = asTable ? 'table' : 'chart';

  return (
    <Panel
      title="Spend over time"
      className="chart-panel"
      stale={overview.stale}
      aside={
        <>
          {splitBy}
          <Segmented
            label="Show as"
            choices={FORMS}
            value={form}
            onChange={(chosen) => onTable(chosen === 'table')}
          />
        </>
      }
    >
      {courseError ? (
        <ErrorState error={courseError} what="Spend over time" onRetry={onRetry} />
      ) : asTable && course ? (
        <CourseTable what="Spend" course={course} nameOf={nameOf} dimension={dimension} />
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
