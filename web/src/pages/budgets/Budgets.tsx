import './budgets.css';
import { useQuery } from '@tanstack/react-query';
import { budgetsQuery } from '../../api/queries.ts';
import { CodeBlock } from '../../components/controls/CodeBlock.tsx';
import { usePageTitle } from '../../components/page-title.ts';
import { EmptyState } from '../../components/states/EmptyState.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { BudgetTable } from './BudgetTable.tsx';
import { fullestFirst } from './budget-use.ts';

const EXAMPLE = `budgets:
  - by: team            # each team has its own
    limitUsd: 100
    per: month
rateLimits:
  - by: key
    requestsPerMinute: 600`;

export function Budgets() {
  usePageTitle('Budgets');
  const { data, error, refetch } = useQuery(budgetsQuery());

  return (
    <div className="page">
      <div className="page-head">
        <h1>Budgets</h1>
      </div>
      {error && !data ? (
        <div className="panel">
          <ErrorState error={error} what="Budgets" onRetry={() => void refetch()} />
        </div>
      ) : data?.budgets.length === 0 ? (
        <EmptyState title="No budget is set, or nothing counts against one yet">
          <p>
            A budget bounds what calls may cost: before each call is sent, what it may cost at most is held
            back. Budgets stand in the configuration file; a key can have one of its own.
          </p>
          <CodeBlock code={EXAMPLE} label="budgets in infinite-llm.yaml" />
        </EmptyState>
      ) : (
        <div className="panel panel-flush">
          <BudgetTable budgets={data && fullestFirst(data.budgets)} />
        </div>
      )}
    </div>
  );
}
