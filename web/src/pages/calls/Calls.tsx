import './calls.css';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { callsQuery } from '../../api/queries.ts';
import type { CallView } from '../../api/types.ts';
import { FilterBar } from '../../components/filters/FilterBar.tsx';
import { useIsPhone } from '../../components/media.ts';
import { usePageTitle } from '../../components/page-title.ts';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { formatCount } from '../../format/number.ts';
import type { CallsView } from '../../view/calls-view.ts';
import { chipsOf, filterParams } from '../../view/filters.ts';
import { periodOf, periodParams } from '../../view/range.ts';
import { without } from '../../view/without.ts';
import { NoCalls } from '../overview/NoCalls.tsx';
import { useHasCalls } from '../welcome/use-first-call.ts';
import { Welcome } from '../welcome/Welcome.tsx';
import { CallCards } from './CallCards.tsx';
import { CallTable } from './CallTable.tsx';
import { LiveToggle } from './LiveToggle.tsx';
import { MoreCalls } from './MoreCalls.tsx';
import { useLiveCalls } from './use-live-calls.ts';
import { useRowKeys } from './use-row-keys.ts';

const route = getRouteApi('/calls');

export function Calls() {
  usePageTitle('Calls');
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const isPhone = useIsPhone();
  const list = useRef<HTMLDivElement>(null);
  const filters = filterParams(view);
  const params = { ...filters, ...periodParams(periodOf(view, 'all')) };
  const query = useInfiniteQuery(callsQuery(params));
  // A live call is always within a range that ends now.
  const live = useLiveCalls(filters, view.live === true);
  const calls = useMemo(() => query.data && merge(live.shown, query.data.pages), [live.shown, query.data]);
  const fresh = useMemo(() => new Set(live.shown.map(({ id }) => id)), [live.shown]);

  const show = (next: CallsView) => void navigate({ search: next });
  const latest = useRef(view);
  useEffect(() => {
    latest.current = view;
  });
  const open = useCallback(
    async (id: string) => {
      await navigate({ search: { ...latest.current, selected: id }, replace: true, resetScroll: false });
      await navigate({
        to: '/calls/$id',
        params: { id },
        search: latest.current,
        state: { fromCalls: true },
      });
    },
    [navigate],
  );
  useRowKeys(list, view.selected, calls !== undefined);

  const stale = query.isPlaceholderData;
  const none = calls?.length === 0 && !stale;
  const hasCalls = useHasCalls(none);
  if (none && hasCalls === false)
    return (
      <div className="page">
        <Welcome />
      </div>
    );
  const Rows = isPhone ? CallCards : CallTable;
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="off-screen">Calls</h1>
        <FilterBar view={view} defaultRange="all" onChange={(next) => show(without(next, 'selected'))}>
          <LiveToggle
            live={live}
            on={view.live === true}
            onChange={(on) => show(on ? { ...view, live: true } : without(view, 'live'))}
          />
        </FilterBar>
      </div>
      {live.waiting > 0 && (
        <button type="button" className="button button-primary waiting-pill" onClick={live.showWaiting}>
          {formatCount(live.waiting)} new {live.waiting === 1 ? 'call' : 'calls'}
        </button>
      )}
      {query.error && !query.data ? (
        <div className="panel">
          <ErrorState error={query.error} what="Calls" onRetry={() => void query.refetch()} />
        </div>
      ) : none && hasCalls ? (
        <NoCalls filtered={chipsOf(view).length > 0} widenLabel="Show all calls" onWiden={() => show({})} />
      ) : (
        <div ref={list} className={`panel panel-flush ${stale ? 'is-stale' : ''}`}>
          <Rows calls={calls} fresh={fresh} view={view} onOpen={(id) => void open(id)} />
          {calls && <MoreCalls query={query} />}
        </div>
      )}
    </div>
  );
}

function merge(
  live: readonly CallView[],
  pages: readonly { readonly calls: readonly CallView[] }[],
): readonly CallView[] {
  const known = new Set<string>();
  return [...live, ...pages.flatMap((page) => page.calls)].filter(
    ({ id }) => !known.has(id) && known.add(id),
  );
}
