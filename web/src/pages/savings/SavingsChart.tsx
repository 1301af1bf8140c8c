import { lazy, Suspense, useMemo, useState } from 'react';
import { seriesColor } from '../../charts/palette.ts';
import { spendCourse, type SpendCourse } from '../../charts/series.ts';
import { Segmented } from '../../components/controls/Segmented.tsx';
import { Panel } from '../../components/Panel.tsx';
import { exactUsd, pixelUsd } from '../../format/money.ts';
import { CourseTable } from '../overview/CourseTable.tsx';
import { Legend } from '../overview/Legend.tsx';
import { leverName } from './lever-name.ts';
import { amountRows } from './savings-rows.ts';
import type { SavingsData } from './use-savings.ts';

const FORMS = [
  { value: 'chart', label: 'Chart' },
  { value: 'table', label: 'Table' },
] as const;

const StackedBars = lazy(() => import('../../charts/StackedBars.tsx'));

interface SavingsChartProps {
  readonly data: SavingsData;
  readonly ranked: readonly (string | null)[];
  readonly asTable: boolean;
  readonly onTable: (asTable: boolean) => void;
  readonly onPick: (lever: string | null) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

/** What each lever saved over time; where one cost more than it saved, its bar hangs below the line. */
export function SavingsChart({ data, ranked, asTable, onTable, onPick, onZoom }: SavingsChartProps) {
  const { course: savings, buckets, stale } = data;
  const [hovered, setHovered] = useState<number | null>(null);
  const course = useMemo(
    () => savings && spendCourse({ ...savings, rows: amountRows(savings.rows), buckets }, 'lever', ranked),
    [savings, buckets, ranked],
  );
  const bars = useMemo(() => course && barsOf(course, ranked), [course, ranked]);
  const at = course && hovered !== null && hovered < course.startsMs.length ? hovered : null;
  return (
    <Panel
      title="Saved over time"
      className="chart-panel savings-chart"
      stale={stale}
      aside={
        <Segmented
          label="Show as"
          choices={FORMS}
          value={asTable ? 'table' : 'chart'}
          onChange={(chosen) => onTable(chosen === 'table')}
        />
      }
    >
      {asTable && course ? (
        <CourseTable what="Savings" course={course} nameOf={leverName} dimension="lever" />
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
            nameOf={leverName}
            dimension="lever"
            onPick={onPick}
          />
        </div>
      )}
    </Panel>
  );
}

function barsOf(course: SpendCourse, ranked: readonly (string | null)[]) {
  return {
    startsMs: course.startsMs,
    lengthMs: course.lengthMs,
    series: course.series.map(({ value, amounts }) => ({
      label: leverName(value),
      color: seriesColor(ranked, value),
      values: amounts.map(pixelUsd),
    })),
  };
}

function summaryOf({ totals, series }: SpendCourse): string {
  const total = totals.reduce((sum, one) => sum + one, 0n);
  const [first] = series;
  const most = first ? `, most by ${leverName(first.value)}` : '';
  return `Bar chart of savings: ${exactUsd(total)} in ${totals.length} bars${most}. The same figures are in the table.`;
}
