import { useQuery } from '@tanstack/react-query';
import { cacheQuery } from '../../api/queries.ts';
import type { CacheState } from '../../api/types.ts';
import { CodeBlock } from '../../components/controls/CodeBlock.tsx';
import { Money } from '../../components/Money.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { formatMs } from '../../format/duration.ts';
import { columnDecimals } from '../../format/money.ts';
import { formatCompact, formatCount, formatPercent } from '../../format/number.ts';
import type { CacheRow } from './cache-rows.ts';

const EXAMPLE = `cache:
  exact: { enabled: true, ttl: 1h }
  prefix: { enabled: true }`;

interface CachesProps {
  readonly rows: readonly CacheRow[] | undefined;
  readonly stale: boolean;
}

/** What the three kinds of caches did in the time in view, and the one of exact answers since the start. */
export function Caches({ rows, stale }: CachesProps) {
  const { data: state } = useQuery(cacheQuery());
  const unused = rows?.every(({ calls }) => calls === 0) ?? false;
  const decimals = columnDecimals(rows?.map(({ saved }) => saved) ?? []);
  return (
    <Panel title="Caches" stale={stale}>
      <div className="table-scroll" tabIndex={-1}>
        <table className="breakdown">
          <caption className="off-screen">Caches in the time in view</caption>
          <thead>
            <tr>
              <th scope="col">Cache</th>
              <th scope="col">Hit rate</th>
              <th scope="col">By cost</th>
              <th scope="col" className="num">
                Saved
              </th>
              <th scope="col" className="num">
                Calls
              </th>
            </tr>
          </thead>
          {rows ? (
            <tbody>
              {rows.map((row) => (
                <tr key={row.lever}>
                  <th scope="row">{row.name}</th>
                  <td className="share-cell">
                    <Share of={row.hitRate} />
                    {row.lever === 'prefix' && ' of tokens'}
                  </td>
                  <td className="share-cell">
                    <Share of={row.costWeighted} />
                  </td>
                  <td className={row.saved < 0n ? 'num is-loss' : 'num'}>
                    <Money usd={row.saved} decimals={decimals} />
                  </td>
                  <td className="num">{formatCount(row.calls)}</td>
                </tr>
              ))}
            </tbody>
          ) : (
            <SkeletonRows rows={3} columns={5} />
          )}
        </table>
      </div>
      <p className="hint panel-note">
        Hit rates are of all calls in view, those that had no part in a cache included; of the providers’ own
        caches, of all prompt tokens. By cost: dollars not spent, of those that would have been.
      </p>
      {state && <SinceStart state={state} />}
      {unused && state && state.lookups === 0 && (
        <div className="panel-note stack">
          <p className="hint">
            No cache has answered here. The exact cache and the providers’ own change no answer; they are
            switched on for all models or for one alias.
          </p>
          <CodeBlock code={EXAMPLE} label="caches in infinite-llm.yaml" />
        </div>
      )}
    </Panel>
  );
}

function Share({ of }: { readonly of: number }) {
  return (
    <>
      <span className="share" aria-hidden="true">
        <span style={{ width: `${Math.min(1, Math.max(0, of)) * 100}%` }} />
      </span>
      {formatPercent(of)}
    </>
  );
}

/** The exact cache alone knows who looked and who missed. */
function SinceStart({ state }: { readonly state: CacheState }) {
  const { store, hits, joined, misses, bypassed, lookups } = state;
  if (lookups === 0) return null;
  const share = (value: number | null): string => (value === null ? '–' : formatPercent(value));
  const time = (ms: number | null): string => (ms === null ? '–' : formatMs(ms));
  const facts: readonly (readonly [string, string])[] = [
    ['Looked up', `${formatCount(hits + joined + misses)} calls, and ${formatCount(bypassed)} passed by`],
    ['Answered', `${formatCount(hits)} stored, ${formatCount(joined)} shared with an equal call under way`],
    ['Hit rate', `${share(state.hitRate)} of calls, ${share(state.costWeightedHitRate)} of their cost`],
    [
      'Net saving',
      `${share(state.netSavingShare)} of cost${state.machineCounted ? '' : ', the machine’s time not counted'}; ${share(state.netTimeShare)} of time`,
    ],
    ['Takes', `${time(state.meanLookupMs)} to look up, ${time(state.meanStoreMs)} to store`],
    [
      'Holds',
      `${formatCompact(store.entries)} answers, ${formatBytes(store.bytes)} of ${formatBytes(store.maxBytes)}, ${store.reach === 'shared' ? 'in Redis' : 'in each process'}`,
    ],
  ];
  return (
    <>
      <h3 className="caches-since">Exact, since the gateway was started</h3>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
