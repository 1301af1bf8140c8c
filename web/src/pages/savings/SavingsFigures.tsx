import { Money } from '../../components/Money.tsx';
import { pointChange, relativeChange } from '../../format/change.ts';
import { perCall, picoFromUsd } from '../../format/money.ts';
import { formatCompact, formatCount, formatPercent } from '../../format/number.ts';
import { Figure } from '../overview/Figure.tsx';
import { savedChange, savedShare } from './savings-rows.ts';
import type { SavingsData } from './use-savings.ts';

/** What was saved, against the bill and against the period before. */
export function SavingsFigures({ data }: { readonly data: SavingsData }) {
  const { byLever: now, before, stale } = data;
  const total = now?.total;
  const saved = total && picoFromUsd(total.savedUsd);
  return (
    <section aria-label="Key figures" aria-busy={stale}>
      <dl className={`figures figures-of-five panel ${stale ? 'is-stale' : ''}`}>
        <Figure
          label="Saved"
          className="figure-first"
          value={saved !== undefined ? <Money usd={saved} /> : undefined}
          note={
            saved !== undefined &&
            total &&
            total.calls > 0 && (
              <span>
                <Money usd={perCall(saved, total.calls)} /> a call touched
              </span>
            )
          }
          change={now && before && savedChange(now, before)}
        />
        <Figure
          label="Share of the bill"
          value={now && formatPercent(savedShare(now))}
          note="as it would have been"
          change={now && before && pointChange(savedShare(now), savedShare(before))}
        />
        <Figure label="Spent" value={total && <Money usd={total.spentUsd} />} note="by all calls" />
        <Figure
          label="Without the levers"
          value={total && <Money usd={total.withoutUsd} />}
          note="spent and saved"
        />
        <Figure
          label="Calls touched"
          value={total && <span title={formatCount(total.calls)}>{formatCompact(total.calls)}</span>}
          note="with a known saving"
          change={now && before && relativeChange(now.total.calls, before.total.calls)}
        />
      </dl>
    </section>
  );
}
