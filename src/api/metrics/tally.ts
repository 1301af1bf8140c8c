import type { CallRecord } from '../../core/record.ts';
import { type Savings, savingsOf } from '../../core/savings.ts';
import { USAGE_KINDS, type UsageKind } from '../../core/usage.ts';
import { boundedLabels } from './bounded-labels.ts';

const MOST_MODELS = 200;
const MOST_LEVERS = 50;

/** Sums of the calls that agree in all labels. */
export interface Series {
  readonly labels: {
    readonly status: string;
    readonly operation: string;
    readonly provider: string;
    readonly model: string;
  };
  calls: number;
  unpriced: number;
  /** For graphs only: exact sums are the ledger's. */
  costUsd: number;
  readonly tokens: Map<UsageKind, number>;
}

/** Dollars, for graphs only. Apart, since counters must not fall. */
export interface LeverSums {
  savedUsd: number;
  /** Where it cost more than it saved. */
  lostUsd: number;
}

/** Plain sums by labels, so that a call costs one look-up and a few additions. */
export interface Tally {
  add(record: CallRecord): void;
  series(): Iterable<Series>;
  /** Failed calls by error code. */
  errors(): Iterable<readonly [string, number]>;
  levers(): Iterable<readonly [string, LeverSums]>;
}

export function createTally(): Tally {
  const all = new Map<string, Series>();
  const errors = new Map<string, number>();
  const levers = new Map<string, LeverSums>();
  const modelLabel = boundedLabels(MOST_MODELS);
  const leverLabel = boundedLabels(MOST_LEVERS);

  const seriesOf = ({ status, operation, target }: CallRecord): Series => {
    const provider = target?.provider ?? '';
    const model = modelLabel(target?.model ?? '');
    const key = `${status} ${operation} ${provider}/${model}`;
    const known = all.get(key);
    if (known) return known;
    const labels = { status, operation, provider, model };
    const series: Series = { labels, calls: 0, unpriced: 0, costUsd: 0, tokens: new Map() };
    all.set(key, series);
    return series;
  };

  const addSavings = (savings: Savings): void => {
    for (const [stage, savedUsd] of Object.entries(savings)) {
      const lever = leverLabel(stage);
      const sums = levers.get(lever) ?? { savedUsd: 0, lostUsd: 0 };
      const usd = Number(savedUsd);
      if (usd < 0) sums.lostUsd -= usd;
      else sums.savedUsd += usd;
      levers.set(lever, sums);
    }
  };

  return {
    add: (record) => {
      const series = seriesOf(record);
      series.calls += 1;
      if (record.unpriced) series.unpriced += 1;
      if (record.costUsd !== null) series.costUsd += Number(record.costUsd);
      for (const kind of USAGE_KINDS) {
        const used = record.usage[kind];
        if (used > 0) series.tokens.set(kind, (series.tokens.get(kind) ?? 0) + used);
      }
      const savings = savingsOf(record.decisions);
      if (savings) addSavings(savings);
      if (record.errorCode !== null) errors.set(record.errorCode, (errors.get(record.errorCode) ?? 0) + 1);
    },
    series: () => all.values(),
    errors: () => errors,
    levers: () => levers,
  };
}
