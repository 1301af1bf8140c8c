import type { Budget, KeyView } from '../../api/types.ts';
import { Money } from '../../components/Money.tsx';
import { budgetUse } from '../budgets/budget-use.ts';
import { UseBar } from '../budgets/UseBar.tsx';
import { rateWords } from './limits-input.ts';

interface LimitsProps {
  readonly keyView: KeyView;
  readonly budgets: readonly Budget[] | undefined;
}

/** A key's own limits, with how much of its budget is used. */
export function Limits({ keyView: { id, limits }, budgets }: LimitsProps) {
  if (!limits) return <span className="quiet">–</span>;
  const { budget } = limits;
  const state =
    budget && budgets?.find((each) => each.by === 'key' && each.value === id && each.window === budget.per);
  const rates = rateWords(limits);
  return (
    <span className="key-limits">
      {budget && (
        <span className="budget-used">
          {state && <UseBar budget={state} />}
          <span>
            {state && (
              <>
                <Money usd={state.spentUsd} /> of{' '}
              </>
            )}
            <Money usd={budget.limitUsd} /> a {budget.per}
            {state && budgetUse(state).level === 'full' && ', full'}
          </span>
        </span>
      )}
      {rates && <span>{rates}</span>}
    </span>
  );
}
