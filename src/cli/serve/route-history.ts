import { promptTokens } from '../../core/usage.ts';
import type { History } from '../../policy/route/index.ts';
import { EVERY_CALL, type Queries, type SpendRow } from '../../store/index.ts';

/** How far back the ledger is asked. */
const SPAN_MS = 24 * 3_600_000;
const MOST_TARGETS = 500;
const GROUPS = ['provider', 'model'] as const;

/** What the ledger says of each target's calls of the last day. @throws CallError `not_ready` */
export async function readHistory(queries: Queries, now: number): Promise<readonly History[]> {
  const filter = {
    ...EVERY_CALL,
    operation: 'generate',
    from: new Date(now - SPAN_MS).toISOString(),
    to: new Date(now).toISOString(),
  };
  const grouped = { filter, groupBy: GROUPS, limit: MOST_TARGETS };
  const tagged = { ...filter, tags: [...filter.tags, { name: 'illm-purpose', value: 'batch' }] };
  const [latency, spend, batches] = await Promise.all([
    queries.latency(grouped),
    queries.spend(grouped),
    queries.spend({ ...grouped, filter: tagged }),
  ]);
  return latency.rows.flatMap(({ calls, errors, group, totalMs, ttftMs }): History[] => {
    const { model, provider } = group;
    if (!provider || !model) return [];
    const isOf = ({ group: of }: SpendRow): boolean => of['provider'] === provider && of['model'] === model;
    const means = meansOf(spend.rows.find(isOf), batches.rows.find(isOf));
    return [{ target: { provider, model }, calls, errors, ttftMs, totalMs, ...means }];
  });
}

/** Without the calls of batches, which may be at half price. */
function meansOf(
  all: SpendRow | undefined,
  batches: SpendRow | undefined,
): Pick<History, 'outputTokens' | 'usdPerToken'> {
  const without = (of: (row: SpendRow) => number): number =>
    (all ? of(all) : 0) - (batches ? of(batches) : 0);
  const answered = without(({ calls, errors }) => calls - errors);
  if (answered <= 0) return { outputTokens: null, usdPerToken: null };
  const output = without(({ usage }) => usage.output);
  const tokens = output + without(({ usage }) => promptTokens(usage));
  const unpriced = without(({ unpricedCalls }) => unpricedCalls);
  return {
    outputTokens: output > 0 ? output / answered : null,
    usdPerToken: unpriced === 0 && tokens > 0 ? without(({ costUsd }) => Number(costUsd)) / tokens : null,
  };
}
