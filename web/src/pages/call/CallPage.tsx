import './call.css';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { callQuery } from '../../api/queries.ts';
import { ApiError } from '../../api/request.ts';
import { ArrowLeftIcon } from '../../components/icons.tsx';
import { useShortcut } from '../../components/keyboard.ts';
import { usePageTitle } from '../../components/page-title.ts';
import { EmptyState } from '../../components/states/EmptyState.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { Skeleton } from '../../components/states/Skeleton.tsx';
import { Attribution, Facts } from './Attribution.tsx';
import { Bill } from './Bill.tsx';
import { Bodies } from './Bodies.tsx';
import { CallHead } from './CallHead.tsx';
import { Saved } from './Saved.tsx';
import { Timeline } from './Timeline.tsx';
import { UsageBar } from './UsageBar.tsx';

const route = getRouteApi('/calls/$id');

export function CallPage() {
  const { id } = route.useParams();
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const router = useRouter();
  const { data: call, error, refetch } = useQuery(callQuery(id));

  usePageTitle(call?.target ? `Call to ${call.target.model}` : 'Call');

  // Going back keeps the table's scroll; a call that was opened by its address has no table behind it.
  const close = () => {
    if (router.state.location.state.fromCalls) router.history.back();
    else void navigate({ to: '/calls', search: { ...view, selected: id } });
  };
  useShortcut('Escape', close);

  return (
    <div className="page">
      <Link
        to="/calls"
        search={{ ...view, selected: id }}
        className="back-link"
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          close();
        }}
      >
        <ArrowLeftIcon />
        Calls <kbd aria-hidden="true">Esc</kbd>
      </Link>
      {call ? (
        <article>
          <CallHead call={call} />
          <div className="call-columns">
            <div className="stack">
              <Bill call={call} />
              <Saved call={call} />
              <Timeline call={call} />
            </div>
            <div className="stack">
              <UsageBar call={call} />
              <Attribution call={call} />
              <Facts call={call} />
            </div>
          </div>
          <Bodies call={call} />
        </article>
      ) : error instanceof ApiError && error.status === 404 ? (
        <EmptyState title="There is no such call" wholePage>
          <p>The ledger has no call {id}. It may be older than the ledger keeps calls.</p>
        </EmptyState>
      ) : error ? (
        <div className="panel">
          <h1 className="off-screen">Call</h1>
          <ErrorState error={error} what="The call" onRetry={() => void refetch()} />
        </div>
      ) : (
        <CallSkeleton />
      )}
    </div>
  );
}

function CallSkeleton() {
  return (
    <div aria-busy="true">
      <h1 className="off-screen">Call</h1>
      <div className="call-head">
        <Skeleton width="9em" height="2.4em" />
        <Skeleton width="22em" />
        <Skeleton width="30em" />
      </div>
      <div className="call-columns">
        <div className="panel skeleton-panel" />
        <div className="panel skeleton-panel" />
      </div>
    </div>
  );
}
