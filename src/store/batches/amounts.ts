import type { BatchCarrier } from '../../core/batch-report.ts';
import type { Batch } from '../../core/batch.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';

/** What the ledger says of a batch. */
export interface BatchAmounts {
  readonly carriers: readonly (BatchCarrier & { readonly provider: string })[];
  readonly costUsd: string;
  readonly savedUsd: string;
  readonly unpricedCalls: number;
}

interface Row {
  readonly id: string;
  readonly provider: string | null;
  readonly asBatch: boolean;
  readonly calls: number;
  readonly unpriced: number;
  readonly cost: string;
  readonly saved: string;
}

const NONE: BatchAmounts = { carriers: [], costUsd: '0.000000', savedUsd: '0.000000', unpricedCalls: 0 };
/** After that long all rows of a batch are out of the journal. */
const SETTLED_MS = 600_000;
const MOST_KEPT = 1000;

/** Sums up the rows of batches. Those of one that ended a while ago are read once. */
export function createAmounts(
  sql: Sql,
  now: () => number,
): (batches: readonly Batch[]) => Promise<ReadonlyMap<string, BatchAmounts>> {
  const kept = new Map<string, BatchAmounts>();
  return async (batches) => {
    const asked = batches.filter(({ id }) => !kept.has(id));
    const read = asked.length === 0 ? new Map<string, BatchAmounts>() : await amountsOf(sql, asked);
    for (const { id, endedAt } of asked)
      if (endedAt !== null && now() - endedAt > SETTLED_MS) kept.set(id, read.get(id) ?? NONE);
    const all = new Map(batches.map(({ id }) => [id, read.get(id) ?? kept.get(id) ?? NONE]));
    for (const id of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(id);
    return all;
  };
}

async function amountsOf(sql: Sql, batches: readonly Batch[]): Promise<Map<string, BatchAmounts>> {
  const since = Math.min(...batches.map(({ createdAt }) => createdAt));
  const rows = await reached(
    sql.query<Row>(
      `select session as id, provider, service_tier is not distinct from 'batch' as "asBatch",
         count(*) filter (where status = 'ok') as calls, count(*) filter (where unpriced) as unpriced,
         coalesce(sum(cost_usd), 0) as cost,
         coalesce(sum((select sum(value::numeric) from jsonb_each_text(savings))), 0) as saved
       from illm.calls
       where session in (select json_array_elements_text($1::text::json)) and started_at >= $2
         and tags ->> 'illm-purpose' = 'batch'
       group by 1, 2, 3 order by 1, 4 desc`,
      [JSON.stringify(batches.map(({ id }) => id)), iso(since)],
    ),
  );
  const sums = new Map<string, BatchAmounts>();
  for (const { id, provider, asBatch, calls, unpriced, cost, saved } of rows) {
    const before = sums.get(id) ?? NONE;
    sums.set(id, {
      carriers:
        provider === null || calls === 0
          ? before.carriers
          : [...before.carriers, { provider, asBatch, calls }],
      costUsd: addUsd(before.costUsd, cost),
      savedUsd: addUsd(before.savedUsd, saved),
      unpricedCalls: before.unpricedCalls + unpriced,
    });
  }
  return sums;
}

function addUsd(a: string, b: string): string {
  return usdFromPico(picoFromUsd(a) + picoFromUsd(b));
}
