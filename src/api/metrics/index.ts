import {
  type Aggregator,
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import type { BudgetState } from '../../core/admission.ts';
import { type CallRecord, tellsLatency } from '../../core/record.ts';
import type { CacheCounts } from '../../policy/cache/index.ts';
import { gaugeBudgets } from './budget-gauges.ts';
import { countCache } from './cache-counters.ts';
import { Durations } from './durations.ts';
import { createTally, type Series } from './tally.ts';

/** What is asked for when the metrics are read. */
export interface MetricSources {
  readonly inFlight: () => number;
  readonly journaledRows: () => number;
  readonly storeHealthy: () => boolean;
  /** Of this process; null when there is no cache. */
  readonly cacheCounts?: () => CacheCounts | null;
  /** Those that were used lately. */
  readonly budgets?: () => Promise<readonly BudgetState[]>;
}

/** One process's metrics in a form that can be sent to another process and added up there. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

export interface Metrics {
  /** Counts a finished call. Called on the hot path. */
  observe(record: CallRecord): void;
  readonly contentType: string;
  /** Prometheus text exposition format 0.0.4. */
  text(): Promise<string>;
  snapshot(): Promise<MetricsSnapshot>;
}

const LATENCY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const OVERHEAD_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];
const BY_MODEL = ['provider', 'model'] as const;

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const tally = createTally();
  const registers: [] = [];
  collectDefaultMetrics({ register: registry });

  const sum = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    add: (counter: Counter<Label>) => void,
  ): void => {
    const counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset();
        add(this);
      },
    });
    registry.registerMetric(counter);
  };
  const sumSeries = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    add: (counter: Counter<Label>, series: Series) => void,
  ): void =>
    sum(name, help, labelNames, (counter) => {
      for (const series of tally.series()) add(counter, series);
    });
  const gauge = (name: string, help: string, read: () => number, aggregator: Aggregator = 'sum'): void => {
    const metric = new Gauge({
      name,
      help,
      aggregator,
      registers,
      collect() {
        this.set(read());
      },
    });
    registry.registerMetric(metric);
  };
  const seconds = (name: string, help: string, bounds: readonly number[]): Durations => {
    const durations = new Durations(name, help, bounds);
    registry.registerMetric(durations);
    return durations;
  };

  sumSeries(
    'illm_calls_total',
    'Finished calls.',
    ['status', 'operation', ...BY_MODEL],
    (counter, { labels, calls }) => counter.inc(labels, calls),
  );
  sumSeries(
    'illm_cost_usd_total',
    'Dollars of priced calls, rounded; the ledger has exact sums.',
    BY_MODEL,
    (counter, { labels, costUsd }) => counter.inc(byModel(labels), costUsd),
  );
  sumSeries(
    'illm_unpriced_calls_total',
    'Calls whose price is not known.',
    BY_MODEL,
    (counter, { labels, unpriced }) => {
      if (unpriced > 0) counter.inc(byModel(labels), unpriced);
    },
  );
  sumSeries(
    'illm_tokens_total',
    'Tokens, or pieces for searches, by kind of usage.',
    ['kind', ...BY_MODEL],
    (counter, { labels, tokens }) => {
      for (const [kind, used] of tokens) counter.inc({ kind, ...byModel(labels) }, used);
    },
  );
  sum('illm_call_errors_total', 'Failed calls by error code.', ['code'], (counter) => {
    for (const [code, calls] of tally.errors()) counter.inc({ code }, calls);
  });
  sum(
    'illm_saved_usd_total',
    'Dollars that levers saved, rounded, on calls where they saved; illm_lost_usd_total has the others.',
    ['lever'],
    (counter) => {
      for (const [lever, { savedUsd }] of tally.levers()) counter.inc({ lever }, savedUsd);
    },
  );
  sum(
    'illm_lost_usd_total',
    'Dollars that levers cost more than they saved, rounded, on calls where they did.',
    ['lever'],
    (counter) => {
      for (const [lever, { lostUsd }] of tally.levers()) counter.inc({ lever }, lostUsd);
    },
  );
  countCache(() => sources.cacheCounts?.() ?? null, sum);
  if (sources.budgets) gaugeBudgets(registry, sources.budgets);
  gauge('illm_calls_in_flight', 'Calls being answered now.', sources.inFlight);
  gauge('illm_journal_rows', 'Calls kept on disk until the store is back.', sources.journaledRows);
  gauge(
    'illm_store_healthy',
    '1 when the store takes calls, else 0.',
    () => (sources.storeHealthy() ? 1 : 0),
    'min',
  );
  const ttft = seconds('illm_call_ttft_seconds', 'Time to the first content.', LATENCY_BUCKETS);
  const total = seconds('illm_call_seconds', 'Time of the whole call.', LATENCY_BUCKETS);
  const overhead = seconds(
    'illm_call_overhead_seconds',
    'Time spent in the gateway itself.',
    OVERHEAD_BUCKETS,
  );

  return {
    observe: (record) => {
      tally.add(record);
      if (!record.target || !tellsLatency(record)) return;
      const { provider } = record.target;
      if (record.ttftMs !== null) ttft.add(provider, record.ttftMs / 1000);
      total.add(provider, record.totalMs / 1000);
      overhead.add(provider, record.overheadMs / 1000);
    },
    contentType: registry.contentType,
    text: async () => await registry.metrics(),
    snapshot: async () => await registry.getMetricsAsJSON(),
  };
}

/** The exposition of several processes together. */
export async function mergeMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return await AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot])).metrics();
}

function byModel({ provider, model }: Series['labels']) {
  return { provider, model };
}
