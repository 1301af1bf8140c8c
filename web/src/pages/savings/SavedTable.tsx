import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { seriesColor } from '../../charts/palette.ts';
import { Money } from '../../components/Money.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import { columnDecimals } from '../../format/money.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { capital } from '../../format/words.ts';
import { type Dimension, dimensionLabel, groupChip } from '../../view/dimension.ts';
import { type Filters, withChip } from '../../view/filters.ts';
import type { SavedRow } from './savings-rows.ts';

interface SavedTableProps {
  readonly dimension: Dimension;
  readonly rows: readonly SavedRow[] | undefined;
  /** The levers that have a colour; groups of other dimensions have none. */
  readonly ranked: readonly (string | null)[] | null;
  readonly nameOf: (value: string | null) => string;
  /** For the links to the calls, with an explicit range; they say so only where all of them have a saving. */
  readonly filters: Filters;
  readonly stale: boolean;
  readonly aside?: ReactNode;
  readonly note?: ReactNode;
  readonly onPick: (value: string | null) => void;
}

/** Groups with what was saved in them. A name filters the page, a number of calls leads to them. */
export function SavedTable(props: SavedTableProps) {
  const { dimension, rows, ranked, nameOf, filters, stale, aside, note, onPick } = props;
  const label = dimensionLabel(dimension);
  const withBill = dimension !== 'lever';
  const decimals = columnDecimals(rows?.flatMap(({ saved, spent }) => [saved, spent ?? 0n]) ?? []);
  const perCall = columnDecimals(rows?.map((row) => row.perCall) ?? []);
  return (
    <Panel title={`By ${label}`} stale={stale} aside={aside}>
      <div className="table-scroll" tabIndex={-1}>
        <table className="breakdown">
          <caption className="off-screen">Savings by {label}</caption>
          <thead>
            <tr>
              <th scope="col">{capital(label)}</th>
              <th scope="col" className="num">
                Saved
              </th>
              <th scope="col">{withBill ? 'Of its bill' : 'Of the bill'}</th>
              {withBill && (
                <th scope="col" className="num">
                  Spent
                </th>
              )}
              <th scope="col" className="num">
                Calls
              </th>
              <th scope="col" className="num">
                A call
              </th>
            </tr>
          </thead>
          {rows ? (
            <tbody>
              {rows.map((row) => {
                const { value, saved, ofBill, calls, spent } = row;
                const name = nameOf(value);
                const color = ranked ? seriesColor(ranked, value) : 'var(--accent)';
                const chip = groupChip(dimension, value);
                const drill =
                  chip && (dimension === 'lever' || filters.lever) ? withChip(filters, chip) : null;
                return (
                  <tr key={value ?? ''}>
                    <th scope="row">
                      <span className="group-name">
                        {ranked && <span className="swatch" style={{ background: color }} />}
                        {chip ? (
                          <button
                            type="button"
                            className="link-button"
                            title={`Only ${name}`}
                            onClick={() => onPick(value)}
                          >
                            {name}
                          </button>
                        ) : (
                          <span className="quiet">{name}</span>
                        )}
                      </span>
                    </th>
                    <td className={saved < 0n ? 'num is-loss' : 'num'}>
                      <Money usd={saved} decimals={decimals} />
                    </td>
                    <td className="share-cell">
                      <span className="share" aria-hidden="true">
                        <span
                          style={{ width: `${Math.min(1, Math.max(0, ofBill)) * 100}%`, background: color }}
                        />
                      </span>
                      {withBill && spent === null ? '–' : formatPercent(ofBill)}
                    </td>
                    {withBill && (
                      <td className="num">
                        {spent === null ? (
                          <span className="quiet">–</span>
                        ) : (
                          <Money usd={spent} decimals={decimals} />
                        )}
                      </td>
                    )}
                    <td className="num">
                      {drill ? (
                        <Link
                          to="/calls"
                          search={drill}
                          aria-label={`${formatCount(calls)} calls of ${name}`}
                        >
                          {formatCount(calls)}
                        </Link>
                      ) : (
                        formatCount(calls)
                      )}
                    </td>
                    <td className="num">
                      <Money usd={row.perCall} decimals={perCall} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          ) : (
            <SkeletonRows rows={3} columns={withBill ? 6 : 5} />
          )}
        </table>
      </div>
      {note && <p className="hint panel-note">{note}</p>}
    </Panel>
  );
}
