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
  const [latency, spend] = await Promise.all([queries.latency(grouped), queries.spend(grouped)]);
  return latency.rows.flatMap(({ calls, errors, group, totalMs, ttftMs }): History[] => {
    const { model, provider } = group;
    if (!provider || !model) return [];
    const sums = spend.rows.find((row) => row.group['provider'] === provider && row.group['model'] === model);
    return [{ target: { provider, model }, calls, errors, ttftMs, totalMs, ...meansOf(sums) }];
  });
}

function meansOf(sums: SpendRow | undefined): Pick<History, 'outputTokens' | 'usdPerToken'> {
  const answered = (sums?.calls ?? 0) - (sums?.errors ?? 0);
  if (!sums || answered <= 0) return { outputTokens: null, usdPerToken: null };
  const tokens = promptTokens(sums.usage) + sums.usage.output;
  const usd = Number(sums.costUsd);
  return {
    outputTokens: sums.usage.output > 0 ? sums.usage.output / answered : null,
    usdPerToken: sums.unpricedCalls === 0 && tokens > 0 ? usd / tokens : null,
  };
}
