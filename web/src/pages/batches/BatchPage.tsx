import '../call/call.css';
import '../overview/overview.css';
import '../calls/calls.css';
import './batches.css';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { batchItemsQuery, batchQuery } from '../../api/queries.ts';
import { ApiError } from '../../api/request.ts';
import { Segmented } from '../../components/controls/Segmented.tsx';
import { ArrowLeftIcon } from '../../components/icons.tsx';
import { useShortcut } from '../../components/keyboard.ts';
import { usePageTitle } from '../../components/page-title.ts';
import { Panel } from '../../components/Panel.tsx';
import { EmptyState } from '../../components/states/EmptyState.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { MoreCalls } from '../calls/MoreCalls.tsx';
import { BatchHead } from './BatchHead.tsx';
import { CancelDialog } from './CancelDialog.tsx';
import { ItemTable } from './ItemTable.tsx';

const route = getRouteApi('/batches/$id');
const STATES = [
  { value: 'all', label: 'All' },
  { value: 'waiting', label: 'Waiting' },
  { value: 'running', label: 'Running' },
  { value: 'submitted', label: 'Submitted' },
  { value: 'answered', label: 'Answered' },
  { value: 'failed', label: 'Failed' },
] as const;

export function BatchPage() {
  usePageTitle('Batch');
  const { id } = route.useParams();
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const [cancelling, setCancelling] = useState(false);
  const { data, error, refetch } = useQuery(batchQuery(id));
  useShortcut('Escape', () => void navigate({ to: '/batches' }));

  return (
    <div className="page">
      <Link to="/batches" className="back-link">
        <ArrowLeftIcon />
        Batches <kbd aria-hidden="true">Esc</kbd>
      </Link>
      {data ? (
        <>
          <BatchHead {...data} onCancel={() => setCancelling(true)} />
          {data.batch.total > 0 && (
            <Items
              id={id}
              state={state}
              live={data.batch.endedAt === null}
              onState={(chosen) => void navigate({ search: chosen === 'all' ? {} : { state: chosen } })}
            />
          )}
          {cancelling && <CancelDialog batch={data.batch} onClose={() => setCancelling(false)} />}
        </>
      ) : error instanceof ApiError && error.status === 404 ? (
        <EmptyState title="There is no such batch" wholePage>
          <p>
            It may have been removed after <code>batch.retention</code>, which is 30 days unless set.
          </p>
        </EmptyState>
      ) : (
        <div className="panel skeleton-panel" aria-busy={!error}>
          <h1 className="off-screen">Batch</h1>
          {error && <ErrorState error={error} what="The batch" onRetry={() => void refetch()} />}
        </div>
      )}
    </div>
  );
}

interface ItemsProps {
  readonly id: string;
  readonly state: Exclude<(typeof STATES)[number]['value'], 'all'> | undefined;
  readonly live: boolean;
  readonly onState: (state: (typeof STATES)[number]['value']) => void;
}

function Items({ id, state, live, onState }: ItemsProps) {
  const query = useInfiniteQuery(batchItemsQuery(id, state, live));
  const { data, error, refetch, isPlaceholderData } = query;
  const items = data?.pages.flatMap((page) => page.items);
  return (
    <Panel
      title="Calls"
      className="panel-flush batch-states"
      stale={isPlaceholderData}
      aside={
        <Segmented label="Only calls that are" choices={STATES} value={state ?? 'all'} onChange={onState} />
      }
    >
      {error && !data ? (
        <ErrorState error={error} what="The calls of the batch" onRetry={() => void refetch()} />
      ) : items?.length === 0 ? (
        <p className="hint panel-note">None is {state ?? 'there'}.</p>
      ) : (
        <>
          <ItemTable items={items} />
          {query.hasNextPage && <MoreCalls what="more calls" query={query} />}
        </>
      )}
    </Panel>
  );
}
