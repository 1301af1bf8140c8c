import type { Budget } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { Money } from '../../components/Money.tsx';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import { formatInstant } from '../../format/time.ts';
import { budgetSubject, budgetUse } from './budget-use.ts';
import { UseBar } from './UseBar.tsx';

const COLUMNS = 7;

export function BudgetTable({ budgets }: { readonly budgets: readonly Budget[] | undefined }) {
  return (
    <div className="table-scroll">
      <table className="budget-table" aria-busy={!budgets}>
        <caption className="off-screen">Budgets</caption>
        <thead>
          <tr>
            <th scope="col">Budget</th>
            <th scope="col">Used</th>
            <th scope="col" className="num">
              Spent
            </th>
            <th scope="col" className="num">
              Held back
            </th>
            <th scope="col" className="num">
              Left
            </th>
            <th scope="col" className="num">
              Limit
            </th>
            <th scope="col">Resets</th>
          </tr>
        </thead>
        {budgets ? (
          <tbody>
            {budgets.map((budget) => (
              <BudgetRow key={`${budget.name} ${budget.window} ${budget.value}`} budget={budget} />
            ))}
          </tbody>
        ) : (
          <SkeletonRows rows={4} columns={COLUMNS} />
        )}
      </table>
    </div>
  );
}

function BudgetRow({ budget }: { readonly budget: Budget }) {
  const { level, percent } = budgetUse(budget);
  return (
    <tr>
      <th scope="row">
        {budget.name} <span className="quiet">{budgetSubject(budget)}</span>{' '}
        {level === 'full' && <Badge tone="bad">full</Badge>}
        {level === 'near' && <Badge tone="warn">nearly full</Badge>}
        {budget.degradeTo !== null && (
          <Badge title="Where calls go that it has no room for">then {budget.degradeTo}</Badge>
        )}
      </th>
      <td data-label="Used">
        <span className="budget-used">
          <UseBar budget={budget} />
          <span className="num">{percent} %</span>
        </span>
      </td>
      <td data-label="Spent" className="num">
        <Money usd={budget.spentUsd} />
      </td>
      <td data-label="Held back" className="num">
        <Money usd={budget.reservedUsd} />
      </td>
      <td data-label="Left" className="num">
        <Money usd={budget.leftUsd} />
      </td>
      <td data-label="Limit" className="num">
        <Money usd={budget.limitUsd} />
      </td>
      <td data-label="Resets" title={`Counts since ${formatInstant(budget.startsAt)}`}>
        {budget.resetsAt === null ? `slides: ${budget.window}` : formatInstant(budget.resetsAt)}
      </td>
    </tr>
  );
}
