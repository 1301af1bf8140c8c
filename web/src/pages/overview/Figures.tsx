import { Link } from '@tanstack/react-router';
import { Money } from '../../components/Money.tsx';
import { pointChange, relativeChange } from '../../format/change.ts';
import { formatMs } from '../../format/duration.ts';
import { perCall, picoFromUsd, pixelUsd } from '../../format/money.ts';
import { formatCompact, formatCount, formatPercent } from '../../format/number.ts';
import type { Quantiles, Savings, SpendFigures } from '../../api/types.ts';
import type { Filters } from '../../view/filters.ts';
import { savedChange, savedShare } from '../savings/savings-rows.ts';
import { cacheShare, tokensIn } from './breakdown.ts';
import { Figure } from './Figure.tsx';
import type { Overview } from './use-overview.ts';

interface FiguresProps {
  readonly overview: Overview;
  /** For the link to the calls behind a figure. */
  readonly filters: Filters;
}

/** The figures everyone looks at first, each against the period before. */
export function Figures({ overview, filters }: FiguresProps) {
  const { spend, spendBefore, latency, latencyBefore, savings, savingsBefore } = overview.data;
  const { stale } = overview;
  const total = spend?.total;
  const before = spendBefore?.total;
  return (
    <section aria-label="Key figures" aria-busy={stale}>
      <dl className={`figures panel ${stale ? 'is-stale' : ''}`}>
        <SpendFigure total={total} before={before} />
        <SavedFigure now={savings} before={savingsBefore} filters={filters} />
        <Figure
          label="Calls"
          value={total && <span title={formatCount(total.calls)}>{formatCompact(total.calls)}</span>}
          note={total && <UnpricedLink count={total.unpricedCalls} filters={filters} />}
          change={total && before && relativeChange(total.calls, before.calls)}
        />
        <Figure
          label="Tokens in"
          value={
            total && (
              <span title={formatCount(tokensIn(total.usage))}>{formatCompact(tokensIn(total.usage))}</span>
            )
          }
          note={
            total && (
              <span title={`${formatCount(total.usage.output)} tokens`}>
                {formatCompact(total.usage.output)} out
              </span>
            )
          }
          change={total && before && relativeChange(tokensIn(total.usage), tokensIn(before.usage))}
        />
        <CacheFigure total={total} before={before} />
        <ErrorFigure total={total} before={before} />
        <LatencyFigure label="Latency" now={latency?.total.totalMs} before={latencyBefore?.total.totalMs} />
        <LatencyFigure label="First token" now={latency?.total.ttftMs} before={latencyBefore?.total.ttftMs} />
      </dl>
    </section>
  );
}

interface SpendProps {
  readonly total: SpendFigures | undefined;
  readonly before: SpendFigures | undefined;
}

function SpendFigure({ total, before }: SpendProps) {
  const cost = total && picoFromUsd(total.costUsd);
  return (
    <Figure
      label="Spend"
      className="figure-first"
      value={cost !== undefined ? <Money usd={cost} /> : undefined}
      note={
        cost !== undefined && total && total.calls > 0 ? (
          <span>
            <Money usd={perCall(cost, total.calls - total.unpricedCalls)} /> a call
          </span>
        ) : null
      }
      change={
        cost === undefined
          ? null
          : before && relativeChange(pixelUsd(cost), pixelUsd(picoFromUsd(before.costUsd)))
      }
    />
  );
}

interface SavedProps {
  readonly now: Savings | undefined;
  readonly before: Savings | undefined;
  readonly filters: Filters;
}

function SavedFigure({ now, before, filters }: SavedProps) {
  const saved = now && picoFromUsd(now.total.savedUsd);
  const touched = now !== undefined && now.total.calls > 0;
  return (
    <Figure
      label="Saved"
      value={saved === undefined ? undefined : touched ? <Money usd={saved} /> : '–'}
      note={
        now && (
          <Link to="/savings" search={filters}>
            {touched ? `${formatPercent(savedShare(now))} of bill` : 'by no lever'}
          </Link>
        )
      }
      change={now && before && savedChange(now, before)}
    />
  );
}

function CacheFigure({ total, before }: SpendProps) {
  const share = total && cacheShare(total.usage);
  const shareBefore = before && cacheShare(before.usage);
  return (
    <Figure
      label="Cache share"
      value={share === undefined ? undefined : share === null ? '–' : formatPercent(share)}
      note="of tokens in"
      change={
        typeof share === 'number' && typeof shareBefore === 'number' ? pointChange(share, shareBefore) : null
      }
    />
  );
}

function ErrorFigure({ total, before }: SpendProps) {
  const rate = total && (total.calls === 0 ? 0 : total.errors / total.calls);
  const rateBefore = before && (before.calls === 0 ? null : before.errors / before.calls);
  return (
    <Figure
      label="Errors"
      value={rate === undefined ? undefined : formatPercent(rate)}
      note={total && errorNote(total)}
      change={
        typeof rate === 'number' && typeof rateBefore === 'number' ? pointChange(rate, rateBefore) : null
      }
      upIsBad
    />
  );
}

function errorNote({ errors, aborted }: SpendFigures) {
  return (
    <span title={`and ${formatCount(aborted)} aborted by their clients`}>{formatCount(errors)} calls</span>
  );
}

/** Calls that are in no sum, since nobody knows what they cost. */
function UnpricedLink({ count, filters }: { readonly count: number; readonly filters: Filters }) {
  if (count === 0) return null;
  return (
    <Link
      to="/calls"
      search={{ ...filters, unpriced: true }}
      className="badge badge-warn"
      title="Calls without a known price: they are not in these sums"
    >
      {formatCount(count)} unpriced
    </Link>
  );
}

interface LatencyProps {
  readonly label: string;
  readonly now: Quantiles | null | undefined;
  readonly before: Quantiles | null | undefined;
}

function LatencyFigure({ label, now, before }: LatencyProps) {
  return (
    <Figure
      label={`${label}, median`}
      value={now === undefined ? undefined : now ? formatMs(now.p50) : '–'}
      note={
        now && (
          <span title={`p90 ${formatMs(now.p90)}, p99 ${formatMs(now.p99)}`}>p95 {formatMs(now.p95)}</span>
        )
      }
      change={now && before && relativeChange(now.p95, before.p95)}
      upIsBad
    />
  );
}
