import type { Counter } from 'prom-client';
import type { CacheCounts } from '../../policy/cache/index.ts';

type Sum = <Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[],
  add: (counter: Counter<Label>) => void,
) => void;

/** What the cache of exact answers did; the dollars that it saved are those of the lever `cache`. */
export function countCache(read: () => CacheCounts | null, sum: Sum): void {
  sum('illm_cache_calls_total', 'Calls by what the cache of exact answers did.', ['result'], (counter) => {
    const counts = read();
    if (!counts) return;
    counter.inc({ result: 'hit' }, counts.hits);
    counter.inc({ result: 'joined' }, counts.joined);
    counter.inc({ result: 'miss' }, counts.misses);
    counter.inc({ result: 'bypass' }, counts.bypassed);
  });
  sum('illm_cache_seconds_total', 'Time spent looking up and storing answers.', ['work'], (counter) => {
    const counts = read();
    if (!counts) return;
    counter.inc({ work: 'lookup' }, counts.lookupMs / 1000);
    counter.inc({ work: 'store' }, counts.storeMs / 1000);
  });
}
