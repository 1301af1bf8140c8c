import type { Feedback } from '../../core/feedback.ts';
import type { Bus, Clock, Log } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import { createRouting, ratingsOf, type Routing, seed } from '../../policy/route/index.ts';
import type { Store } from '../../store/index.ts';
import { readHistory } from './route-history.ts';

export interface OpenRouting extends Routing {
  /** Stores what somebody thinks of a call's answer, and tells all gateways. */
  give(feedback: Feedback, record: CallRecord): Promise<void>;
  /** Resolves when the past was read, or could not be. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface RoutingDeps {
  readonly store: Pick<Store, 'experiments' | 'feedback' | 'queries'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

const TOPIC = 'feedback';
/** Feedback whose message was missed is read from the store after this time. */
const REFRESH_MS = 5 * 60_000;

type Told = Pick<Feedback, 'requestedModel' | 'target' | 'task' | 'score'> & {
  readonly replaced: Pick<Feedback, 'score' | 'task'> | null;
};

/** What routing knows, begun with the ledger's recent history and the ratings in the store. */
export function openRouting({ store, bus, clock, log }: RoutingDeps): OpenRouting {
  const routing = createRouting({ store: store.experiments, bus, clock, log });
  const { experiments, table } = routing;
  const refresh = async (): Promise<void> => table.replaceRatings(await store.feedback.sums());
  const ready = (async () => {
    seed(table, await readHistory(store.queries, clock.now()), clock.now());
    await refresh();
  })().catch((error: unknown) => log.warn('routing starts without the past', { error }));
  const unsubscribe = bus.subscribe(TOPIC, (message) => {
    const { replaced, ...told } = JSON.parse(message) as Told;
    for (const ratings of ratingsOf(told, replaced)) table.rate(ratings);
  });
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => log.warn('feedback could not be read from the store', { error }));
  }, REFRESH_MS);
  timer.unref();

  return {
    ...routing,
    ready,
    give: async (feedback, record) => {
      const replaced = await store.feedback.put(feedback);
      const { requestedModel, score, target, task } = feedback;
      bus.publish(TOPIC, JSON.stringify({ requestedModel, target, task, score, replaced } satisfies Told));
      if (!replaced) experiments.rated(record, score);
    },
    close: async () => {
      clearInterval(timer);
      unsubscribe();
      await experiments.close();
    },
  };
}
