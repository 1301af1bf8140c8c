import { seriesColor } from '../../charts/palette.ts';
import type { SpendCourse } from '../../charts/series.ts';
import { Money } from '../../components/Money.tsx';
import { Skeleton } from '../../components/states/Skeleton.tsx';
import { columnDecimals } from '../../format/money.ts';
import { formatBucket } from '../../format/time.ts';
import { type Dimension, groupChip } from '../../view/dimension.ts';

interface LegendProps {
  readonly course: SpendCourse | undefined;
  /** The bar under the pointer; null for the whole period. */
  readonly at: number | null;
  readonly ranked: readonly (string | null)[];
  readonly dimension: Dimension;
  readonly nameOf: (value: string | null) => string;
  readonly onPick: (value: string | null) => void;
}

/** Names the colours and reads out the bar under the pointer. */
export function Legend({ course, at, ranked, dimension, nameOf, onPick }: LegendProps) {
  if (!course) return <LegendSkeleton />;
  const whole = course.totals.reduce((sum, one) => sum + one, 0n);
  const total = at === null ? whole : (course.totals[at] ?? 0n);
  const decimals = columnDecimals([whole]);
  const head = at === null ? 'Whole period' : formatBucket(course.startsMs[at] ?? 0, course.lengthMs);
  return (
    <div className="legend">
      <p className="legend-head">
        <span>{head}</span>
        <Money usd={total} decimals={decimals} />
      </p>
      <ul>
        {course.series.map(({ value, amounts, total: all }) => {
          const amount = at === null ? all : (amounts[at] ?? 0n);
          const name = nameOf(value);
          const row = (
            <>
              <span className="swatch" style={{ background: seriesColor(ranked, value) }} />
              <span className="legend-name" title={name}>
                {name}
              </span>
              <Money usd={amount} decimals={decimals} />
            </>
          );
          return (
            <li key={value ?? ''} className={amount === 0n ? 'is-zero' : undefined}>
              {groupChip(dimension, value) ? (
                <button type="button" title={`Only ${name}`} onClick={() => onPick(value)}>
                  {row}
                </button>
              ) : (
                <span className="legend-row">{row}</span>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function LegendSkeleton() {
  return (
    <div className="legend" aria-hidden="true">
      <p className="legend-head">
        <Skeleton width="7em" />
      </p>
      <ul>
        {['70%', '55%', '80%', '45%', '60%'].map((width) => (
          <li key={width}>
            <span className="legend-row">
              <Skeleton width={width} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
