import type { Latency, Spend } from '../../api/types.ts';
import { seriesColor } from '../../charts/palette.ts';
import { Money } from '../../components/Money.tsx';
import { formatMs } from '../../format/duration.ts';
import {
  exactUsd,
  formatUsdChange,
  perCall,
  picoFromUsd,
  shareOf,
  type PicoUsd,
} from '../../format/money.ts';
import { formatCompact, formatCount, formatPercent } from '../../format/number.ts';
import { type Dimension, groupChip } from '../../view/dimension.ts';
import { tokensIn, type BreakdownRow } from './breakdown.ts';

/** Of the columns of dollars. */
interface Decimals {
  readonly cost: number;
  readonly perCall: number;
}

interface BreakdownTableRowProps {
  readonly row: BreakdownRow;
  readonly name: string;
  readonly total: PicoUsd;
  readonly decimals: Decimals;
  readonly ranked: readonly (string | null)[];
  readonly dimension: Dimension;
  readonly onPick: () => void;
}

export function BreakdownTableRow({
  row,
  name,
  total,
  decimals,
  ranked,
  dimension,
  onPick,
}: BreakdownTableRowProps) {
  const share = shareOf(row.cost, total);
  const color = seriesColor(ranked, row.value);
  return (
    <tr>
      <th scope="row">
        <span className="group-name">
          <span className="swatch" style={{ background: color }} />
          {groupChip(dimension, row.value) ? (
            <button type="button" className="link-button" title={`Only ${name}`} onClick={onPick}>
              {name}
            </button>
          ) : (
            <span className="quiet">{name}</span>
          )}
        </span>
      </th>
      <td className="num">
        {row.cost === 0n && row.unpricedCalls > 0 ? (
          <span className="quiet">unpriced</span>
        ) : (
          <Money usd={row.cost} decimals={decimals.cost} />
        )}
      </td>
      <td className="share-cell">
        <span className="share" aria-hidden="true">
          <span style={{ width: `${share * 100}%`, background: color }} />
        </span>
        {formatPercent(share)}
      </td>
      <td className="num">
        <ChangeCell change={row.change} decimals={decimals.cost} />
      </td>
      <td className="num">{formatCount(row.calls)}</td>
      <td className="num" title={formatCount(row.tokens)}>
        {formatCompact(row.tokens)}
      </td>
      <td className="num">
        {row.perCall === 0n ? (
          <span className="quiet">–</span>
        ) : (
          <Money usd={row.perCall} decimals={decimals.perCall} />
        )}
      </td>
      <td className="num">
        {row.errorRate > 0 ? formatPercent(row.errorRate) : <span className="quiet">–</span>}
      </td>
      <td className="num">{row.p95Ms === null ? <span className="quiet">–</span> : formatMs(row.p95Ms)}</td>
    </tr>
  );
}

interface BreakdownTotalProps {
  readonly spend: Spend;
  readonly before: Spend | undefined;
  readonly latency: Latency | undefined;
  readonly decimals: Decimals;
}

/** The last line, with the double rule that closes an account. */
export function BreakdownTotal({ spend, before, latency, decimals }: BreakdownTotalProps) {
  const { total } = spend;
  const cost = picoFromUsd(total.costUsd);
  const tokens = tokensIn(total.usage) + total.usage.output;
  return (
    <tfoot>
      <tr>
        <th scope="row">Total</th>
        <td className="num">
          <Money usd={cost} decimals={decimals.cost} />
        </td>
        <td />
        <td className="num">
          <ChangeCell
            decimals={decimals.cost}
            change={before ? cost - picoFromUsd(before.total.costUsd) : null}
          />
        </td>
        <td className="num">{formatCount(total.calls)}</td>
        <td className="num" title={formatCount(tokens)}>
          {formatCompact(tokens)}
        </td>
        <td className="num">
          <Money usd={perCall(cost, total.calls - total.unpricedCalls)} decimals={decimals.perCall} />
        </td>
        <td className="num">{total.calls > 0 ? formatPercent(total.errors / total.calls) : '–'}</td>
        <td className="num">{latency?.total.totalMs ? formatMs(latency.total.totalMs.p95) : '–'}</td>
      </tr>
    </tfoot>
  );
}

function ChangeCell({ change, decimals }: { readonly change: PicoUsd | null; readonly decimals: number }) {
  if (change === null || change === 0n) return <span className="quiet">–</span>;
  return <span title={exactUsd(change)}>{formatUsdChange(change, decimals)}</span>;
}
