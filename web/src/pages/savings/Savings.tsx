import '../overview/overview.css';
import './savings.css';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { dimensionsQuery } from '../../api/queries.ts';
import { rankGroups } from '../../charts/series.ts';
import { FilterBar } from '../../components/filters/FilterBar.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { usePageTitle } from '../../components/page-title.ts';
import { type Dimension, groupChip } from '../../view/dimension.ts';
import { chipsOf, parseFilters, withChip } from '../../view/filters.ts';
import { periodOf, withExplicitRange } from '../../view/range.ts';
import type { SavingsView } from '../../view/savings-view.ts';
import { without } from '../../view/without.ts';
import { groupName } from '../overview/group-name.ts';
import { SplitBy } from '../overview/SplitBy.tsx';
import { CACHE_LEVERS, cacheRows } from './cache-rows.ts';
import { Caches } from './Caches.tsx';
import { leverName } from './lever-name.ts';
import { NoSavings } from './NoSavings.tsx';
import { SavedTable } from './SavedTable.tsx';
import { SavingsChart } from './SavingsChart.tsx';
import { SavingsFigures } from './SavingsFigures.tsx';
import { amountRows, groupRows, leverRows } from './savings-rows.ts';
import { DEFAULT_RANGE, useSavings } from './use-savings.ts';

const route = getRouteApi('/savings');
const OVERLAP =
  'Each lever is counted against not using it alone, at the same prices: what several saved on one call may overlap.';

export function Savings() {
  usePageTitle('Savings');
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const queryClient = useQueryClient();
  const data = useSavings(view);
  const { dimension, byLever, byGroup, bills, stale, error } = data;
  const { data: dimensions } = useQuery(dimensionsQuery(periodOf(view, DEFAULT_RANGE)));
  const ranked = useMemo(() => rankGroups(amountRows(byLever?.rows ?? []), 'lever'), [byLever]);

  const show = (next: SavingsView) => void navigate({ search: next });
  const pick = (by: Dimension) => (value: string | null) => {
    const chip = groupChip(by, value);
    if (chip) show(withChip(view, chip));
  };
  const zoom = (fromMs: number, toMs: number) => {
    const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString()) as [string, string];
    show({ ...without(view, 'range'), from, to });
  };

  const filters = withExplicitRange(parseFilters({ ...view }), DEFAULT_RANGE);
  const none = byLever?.total.calls === 0 && !stale;
  const narrowed = chipsOf(view).length > 0 || view.range !== '30d';
  const sampled = byLever?.sampled ? ' There are too many calls for this view: only the newest count.' : '';
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="off-screen">Savings</h1>
        <FilterBar view={view} defaultRange={DEFAULT_RANGE} onChange={show} />
      </div>
      {error ? (
        <div className="panel">
          <ErrorState
            error={error}
            what="Savings"
            onRetry={() => void queryClient.refetchQueries({ type: 'active' })}
          />
        </div>
      ) : none ? (
        <NoSavings narrowed={narrowed} onWiden={() => show({ range: '30d' })} />
      ) : (
        <>
          <SavingsFigures data={data} />
          <SavingsChart
            data={data}
            ranked={ranked}
            asTable={view.chart === 'table'}
            onTable={(asTable) => show(asTable ? { ...view, chart: 'table' } : without(view, 'chart'))}
            onPick={pick('lever')}
            onZoom={zoom}
          />
          <SavedTable
            dimension="lever"
            rows={byLever && leverRows(byLever)}
            ranked={ranked}
            nameOf={leverName}
            filters={filters}
            stale={stale}
            note={OVERLAP + sampled}
            onPick={pick('lever')}
          />
          {(!filters.lever || CACHE_LEVERS.has(filters.lever)) && (
            <Caches rows={byLever && bills && cacheRows(byLever, bills)} stale={stale} />
          )}
          <SavedTable
            dimension={dimension}
            rows={byGroup && groupRows(byGroup, bills, dimension)}
            ranked={null}
            nameOf={(value) => groupName(dimension, value, dimensions)}
            filters={filters}
            stale={stale}
            aside={
              <SplitBy
                dimension={dimension}
                dimensions={dimensions}
                onChange={(by) => show({ ...view, by })}
              />
            }
            onPick={pick(dimension)}
          />
        </>
      )}
    </div>
  );
}
