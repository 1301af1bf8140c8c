import type { SpendCourse } from '../../charts/series.ts';
import { Money } from '../../components/Money.tsx';
import { columnDecimals, type PicoUsd } from '../../format/money.ts';
import { formatBucket } from '../../format/time.ts';
import { type Dimension, dimensionLabel } from '../../view/dimension.ts';

interface CourseTableProps {
  /** What the figures are: `Spend`. */
  readonly what: string;
  readonly course: SpendCourse;
  readonly dimension: Dimension;
  readonly nameOf: (value: string | null) => string;
}

/** The chart's figures, bar by bar, newest first. */
export function CourseTable({ what, course, dimension, nameOf }: CourseTableProps) {
  const decimals = columnDecimals(course.totals);
  const bars = course.startsMs.map((start, index) => ({ start, index })).reverse();
  return (
    <div
      className="table-scroll course-table"
      tabIndex={0}
      role="region"
      aria-label={`${what} over time as a table`}
    >
      <table>
        <caption className="off-screen">
          {what} over time by {dimensionLabel(dimension)}
        </caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            {course.series.map(({ value }) => (
              <th key={value ?? ''} scope="col" className="num">
                {nameOf(value)}
              </th>
            ))}
            <th scope="col" className="num">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {bars.map(({ start, index }) => (
            <tr key={start}>
              <th scope="row">{formatBucket(start, course.lengthMs)}</th>
              {course.series.map(({ value, amounts }) => (
                <td key={value ?? ''} className="num">
                  <Amount pico={amounts[index] ?? 0n} decimals={decimals} />
                </td>
              ))}
              <td className="num">
                <Amount pico={course.totals[index] ?? 0n} decimals={decimals} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Amount({ pico, decimals }: { readonly pico: PicoUsd; readonly decimals: number }) {
  return pico === 0n ? <span className="quiet">–</span> : <Money usd={pico} decimals={decimals} />;
}
