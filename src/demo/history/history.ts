import type { PriceBook } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import { createPriceBook } from '../../pricing/index.ts';
import { drawCount } from '../draw.ts';
import { seededRandom } from '../provider/words.ts';
import { WORKLOADS } from '../workloads.ts';
import { historyCall } from './history-call.ts';
import { effectAt, incidentsBefore } from './incidents.ts';
import { expectedCalls, hourBefore } from './rhythm.ts';

export const HISTORY_DAYS = 14;
const HOUR_MS = 3_600_000;

/**
 * A few thousand calls of an imagined company over the fortnight before `now`, oldest first: daily and weekly rhythm,
 * growth, one costly mistake, one outage of a provider. The same for the same seed and time.
 *
 * @param now epoch milliseconds; no call is later
 */
export function* demoHistory(
  seed: string,
  now: number,
  book: PriceBook = createPriceBook({ rules: [] }),
): Generator<CallRecord> {
  const draw = seededRandom(`history ${seed}`);
  const incidents = incidentsBefore(now);
  const hours = HISTORY_DAYS * 24;
  for (let back = hours; back >= 0; back--) {
    const hour = hourBefore(now) - back * HOUR_MS;
    const calls: CallRecord[] = [];
    for (const workload of WORKLOADS) {
      const { perDay, rhythm } = workload;
      const { calls: times } = effectAt(incidents, workload, hour);
      const count = drawCount(expectedCalls(perDay, rhythm, hour, back / hours) * times, draw);
      for (let index = 0; index < count; index++) {
        const at = Math.floor(hour + draw() * HOUR_MS);
        const { prompts, failures } = effectAt(incidents, workload, at);
        const call = historyCall(workload, { at, prompts, failures }, book, draw);
        if (at < now) calls.push(call);
      }
    }
    yield* calls.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
