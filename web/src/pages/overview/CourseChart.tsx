import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { seriesColor } from '../../charts/palette.ts';
import type { SpendCourse } from '../../charts/series.ts';
import { Segmented } from '../../components/controls/Segmented.tsx';
import { Panel } from '../../components/Panel.tsx';
import { pixelUsd } from '../../format/money.ts';
import type { Dimension } from '../../view/dimension.ts';
import { CourseTable } from './CourseTable.tsx';
import { Legend } from './Legend.tsx';

const FORMS = [
  { value: 'chart', label: 'Chart' },
  { value: 'table', label: 'Table' },
] as const;

const StackedBars = lazy(() => import('../../charts/StackedBars.tsx'));

interface CourseChartProps {
  readonly title: string;
  /** What the amounts are, in the table's name. */
  readonly what: string;
  readonly className?: string;
  readonly course: SpendCourse | undefined;
  readonly ranked: readonly (string | null)[];
  readonly dimension: Dimension;
  readonly nameOf: (value: string | null) => string;
  /** The chart in words. */
  readonly summaryOf: (course: SpendCourse) => string;
  readonly stale: boolean;
  readonly asTable: boolean;
  /** Before the choice between chart and table. */
  readonly aside?: ReactNode;
  /** In place of the chart. */
  readonly error?: ReactNode;
  readonly onTable: (asTable: boolean) => void;
  readonly onPick: (value: string | null) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

/** Dollars over time by groups: as stacked bars with a legend, or as a table. */
export function CourseChart(props: CourseChartProps) {
  const { title, what, className = '', course, ranked, dimension, nameOf, stale, asTable } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const bars = useMemo(() => course && barsOf(course, ranked, nameOf), [course, ranked, nameOf]);
  const at = course && hovered !== null && hovered < course.startsMs.length ? hovered : null;
  return (
    <Panel
      title={title}
      className={`chart-panel ${className}`}
      stale={stale}
      aside={
        <>
          {props.aside}
          <Segmented
            label="Show as"
            choices={FORMS}
            value={asTable ? 'table' : 'chart'}
            onChange={(chosen) => props.onTable(chosen === 'table')}
          />
        </>
      }
    >
      {props.error ??
        (asTable && course ? (
          <CourseTable what={what} course={course} nameOf={nameOf} dimension={dimension} />
        ) : (
          <div className="chart">
            <div className="chart-space">
              {bars && course && (
                <Suspense fallback={null}>
                  <StackedBars
                    data={bars}
                    summary={props.summaryOf(course)}
                    onHover={setHovered}
                    onZoom={props.onZoom}
                  />
                </Suspense>
              )}
            </div>
            <Legend
              course={course}
              at={at}
              ranked={ranked}
              nameOf={nameOf}
              dimension={dimension}
              onPick={props.onPick}
            />
          </div>
        ))}
    </Panel>
  );
}

function barsOf(
  { startsMs, lengthMs, series }: SpendCourse,
  ranked: readonly (string | null)[],
  nameOf: (value: string | null) => string,
) {
  return {
    startsMs,
    lengthMs,
    series: series.map(({ value, amounts }) => ({
      label: nameOf(value),
      color: seriesColor(ranked, value),
      values: amounts.map(pixelUsd),
    })),
  };
}
