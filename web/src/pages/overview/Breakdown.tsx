import { useMemo } from 'react';
import { rankGroups } from '../../charts/series.ts';
import { Panel } from '../../components/Panel.tsx';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import { columnDecimals, picoFromUsd } from '../../format/money.ts';
import { capital } from '../../format/words.ts';
import { dimensionLabel } from '../../view/dimension.ts';
import { breakdownRows, sortBreakdown } from './breakdown.ts';
import { BreakdownTableRow, BreakdownTotal } from './BreakdownRow.tsx';
import { type Sort, SortHeader } from './SortHeader.tsx';
import type { Overview } from './use-overview.ts';

interface BreakdownProps {
  readonly overview: Overview;
  readonly sort: Sort;
  readonly nameOf: (value: string | null) => string;
  readonly onSort: (sort: Sort) => void;
  readonly onPick: (value: string | null) => void;
}

const COLUMNS = 9;
const SAMPLED = 'There are too many calls for this split, so that only the newest are counted here.';

/** The same groups as in the chart, with what explains their cost. */
export function Breakdown({ overview, sort, nameOf, onSort, onPick }: BreakdownProps) {
  const { spend, spendBefore, latency, dimension } = overview.data;
  const ranked = useMemo(() => rankGroups(spend?.rows ?? [], dimension), [spend, dimension]);
  const rows = useMemo(
    () =>
      spend &&
      sortBreakdown(breakdownRows(spend, spendBefore, latency, dimension), sort.column, sort.direction),
    [spend, spendBefore, latency, dimension, sort.column, sort.direction],
  );
  const total = spend ? picoFromUsd(spend.total.costUsd) : 0n;
  const decimals = {
    cost: columnDecimals([total]),
    perCall: columnDecimals(rows?.map((row) => row.perCall) ?? []),
  };
  const label = dimensionLabel(dimension);
  const header = (column: Sort['column'], text: string, className?: string) => (
    <SortHeader column={column} label={text} sort={sort} onSort={onSort} {...(className && { className })} />
  );

  return (
    <Panel title={`By ${label}`} stale={overview.stale}>
      <div className="table-scroll" tabIndex={-1}>
        <table className="breakdown">
          <caption className="off-screen">Spend by {label}</caption>
          <thead>
            <tr>
              {header('name', capital(label))}
              {header('cost', 'Cost', 'num')}
              <th scope="col">Share</th>
              {header('change', 'Change', 'num')}
              {header('calls', 'Calls', 'num')}
              {header('tokens', 'Tokens', 'num')}
              {header('perCall', 'Per call', 'num')}
              {header('errors', 'Errors', 'num')}
              {header('p95', 'p95', 'num')}
            </tr>
          </thead>
          {rows && spend ? (
            <>
              <tbody>
                {rows.map((row) => (
                  <BreakdownTableRow
                    key={row.value ?? ''}
                    row={row}
                    name={nameOf(row.value)}
                    total={total}
                    decimals={decimals}
                    ranked={ranked}
                    dimension={dimension}
                    onPick={() => onPick(row.value)}
                  />
                ))}
              </tbody>
              {rows.length > 1 && (
                <BreakdownTotal spend={spend} before={spendBefore} latency={latency} decimals={decimals} />
              )}
            </>
          ) : (
            <SkeletonRows rows={6} columns={COLUMNS} />
          )}
        </table>
      </div>
      {spend?.sampled && <p className="hint panel-note">{SAMPLED}</p>}
    </Panel>
  );
}
