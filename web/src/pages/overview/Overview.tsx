import './overview.css';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { dimensionsQuery } from '../../api/queries.ts';
import { FilterBar } from '../../components/filters/FilterBar.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { usePageTitle } from '../../components/page-title.ts';
import { groupChip, nextDimension } from '../../view/dimension.ts';
import { chipsOf, parseFilters, withChip } from '../../view/filters.ts';
import type { OverviewView } from '../../view/overview-view.ts';
import { periodOf, withExplicitRange } from '../../view/range.ts';
import { without } from '../../view/without.ts';
import { useHasCalls } from '../welcome/use-first-call.ts';
import { Welcome } from '../welcome/Welcome.tsx';
import { Breakdown } from './Breakdown.tsx';
import { Errors } from './Errors.tsx';
import { Figures } from './Figures.tsx';
import { groupName } from './group-name.ts';
import { NoCalls } from './NoCalls.tsx';
import { SpendChart } from './SpendChart.tsx';
import { SplitBy } from './SplitBy.tsx';
import { DEFAULT_DIMENSION, DEFAULT_RANGE, useOverview } from './use-overview.ts';

const route = getRouteApi('/');

export function Overview() {
  usePageTitle('Overview');
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const queryClient = useQueryClient();
  const overview = useOverview(view);
  const { data, stale, error } = overview;
  const { dimension } = data;
  const period = periodOf(view, DEFAULT_RANGE);
  const { data: dimensions } = useQuery(dimensionsQuery(period));

  const retry = () => void queryClient.refetchQueries({ type: 'active' });
  const show = (next: OverviewView) => void navigate({ search: next });
  const nameOf = useCallback(
    (value: string | null) => groupName(dimension, value, dimensions),
    [dimension, dimensions],
  );
  const pick = (value: string | null) => {
    const chip = groupChip(dimension, value);
    if (!chip) return;
    const filtered = withChip(view, chip);
    show({ ...filtered, by: nextDimension(dimension, filtered) });
  };
  const zoom = (fromMs: number, toMs: number) => {
    show({
      ...without(view, 'range'),
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    });
  };

  const filters = withExplicitRange(parseFilters({ ...view }), DEFAULT_RANGE);
  const filtered = chipsOf(view).length > 0;
  const none = data.spend?.total.calls === 0 && !stale;
  const hasCalls = useHasCalls(none);
  if (none && hasCalls === false)
    return (
      <div className="page">
        <Welcome />
      </div>
    );
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="off-screen">Overview</h1>
        <FilterBar view={view} defaultRange={DEFAULT_RANGE} onChange={show} />
      </div>
      {error ? (
        <div className="panel">
          <ErrorState error={error} what="Spend" onRetry={retry} />
        </div>
      ) : none && hasCalls ? (
        <NoCalls
          filtered={filtered}
          widenLabel={`Show the last 30 days${filtered ? ' without filters' : ''}`}
          onWiden={() => show({ range: '30d' })}
        />
      ) : (
        <>
          <Figures overview={overview} filters={filters} />
          <SpendChart
            overview={overview}
            asTable={view.chart === 'table'}
            splitBy={
              <SplitBy
                dimension={view.by ?? DEFAULT_DIMENSION}
                dimensions={dimensions}
                onChange={(by) => show({ ...view, by })}
              />
            }
            nameOf={nameOf}
            onTable={(asTable) => show(asTable ? { ...view, chart: 'table' } : without(view, 'chart'))}
            onPick={pick}
            onZoom={zoom}
            onRetry={retry}
          />
          <Breakdown
            overview={overview}
            sort={{ column: view.sort ?? 'cost', direction: view.dir ?? 'desc' }}
            nameOf={nameOf}
            onSort={({ column, direction }) => show({ ...view, sort: column, dir: direction })}
            onPick={pick}
          />
          <Errors overview={overview} filters={filters} />
        </>
      )}
    </div>
  );
}
