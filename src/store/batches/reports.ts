import type {
  BatchCarrier,
  BatchItemReport,
  BatchItemState,
  BatchReport,
  BatchReports,
} from '../../core/batch-report.ts';
import type { Batch } from '../../core/batch.ts';
import { isObject, type Json } from '../../core/json.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';
import { type BatchAmounts, createAmounts } from './amounts.ts';
import { BATCH, batchOf, type BatchRow, momentOf } from './rows.ts';

const MOST_RESULT_LENGTH = 16_384;
/** As much of an answer as surely holds the id of its call. */
const HEAD_LENGTH = 2_048;

export function createBatchReports(sql: Sql, now: () => number): BatchReports {
  const amounts = createAmounts(sql, now);

  async function reportsOf(rows: readonly BatchRow[]): Promise<BatchReport[]> {
    const batches = rows.map(batchOf);
    const [inHand, sums] = await Promise.all([inHandOf(sql, batches), amounts(batches)]);
    return batches.map((batch) => reportOf(batch, inHand.get(batch.id) ?? [], sums.get(batch.id)));
  }

  return {
    async list({ limit, after }) {
      const rows = await reached(
        sql.query<BatchRow>(
          `select ${BATCH} from illm.batches where $1::text is null or id < $1 order by id desc limit $2`,
          [after, limit],
        ),
      );
      return await reportsOf(rows);
    },
    async find(id) {
      const rows = await reached(
        sql.query<BatchRow>(`select ${BATCH} from illm.batches where id = $1`, [id]),
      );
      return (await reportsOf(rows))[0] ?? null;
    },
    async items(id, { limit, after, state }) {
      const rows = await reached(
        sql.query<ItemRow>(
          `select line, custom_id as "customId", model, attempt, not_before as "notBefore", ${STATE} as state,
             case when ok then left(result, ${HEAD_LENGTH}) else left(result, ${MOST_RESULT_LENGTH}) end as result
           from illm.batch_items
           where batch_id = $1 and line > $2 and ($3::text is null or ${STATE} = $3) order by line limit $4`,
          [id, after, state, limit],
        ),
      );
      return rows.map(itemOf);
    },
  };
}

const STATE = `(case when state <> 'done' then state when ok then 'answered' else 'failed' end)`;

interface InHand {
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'submitted';
  readonly provider: string | null;
  readonly calls: number;
}

/** What is not done, by who has it. */
async function inHandOf(
  sql: Sql,
  batches: readonly Batch[],
): Promise<ReadonlyMap<string, readonly InHand[]>> {
  const open = batches.filter(({ endedAt }) => endedAt === null).map(({ id }) => id);
  if (open.length === 0) return new Map();
  const rows = await reached(
    sql.query<InHand>(
      `select item.batch_id as id, item.state, given.provider, count(*) as calls
       from illm.batch_items as item left join illm.batch_submissions as given on given.id = item.submission
       where item.batch_id in (select json_array_elements_text($1::text::json)) and item.state <> 'done'
       group by 1, 2, 3 order by 1, 4 desc`,
      [JSON.stringify(open)],
    ),
  );
  const byBatch = new Map<string, InHand[]>();
  for (const row of rows) byBatch.set(row.id, [...(byBatch.get(row.id) ?? []), row]);
  return byBatch;
}

function reportOf(batch: Batch, inHand: readonly InHand[], amounts: BatchAmounts | undefined): BatchReport {
  const count = (state: InHand['state']): number =>
    inHand.reduce((sum, row) => sum + (row.state === state ? row.calls : 0), 0);
  const held = inHand.map(({ provider, calls }) => ({ provider, asBatch: provider !== null, calls }));
  return {
    ...batch,
    waiting: count('waiting'),
    running: count('running'),
    submitted: count('submitted'),
    carriers: merged([...(amounts?.carriers ?? []), ...held]),
    costUsd: amounts?.costUsd ?? '0',
    savedUsd: amounts?.savedUsd ?? '0',
    unpricedCalls: amounts?.unpricedCalls ?? 0,
  };
}

function merged(carriers: readonly BatchCarrier[]): readonly BatchCarrier[] {
  const sums = new Map<string, BatchCarrier>();
  for (const carrier of carriers) {
    const name = `${carrier.asBatch} ${carrier.provider ?? ''}`;
    sums.set(name, { ...carrier, calls: carrier.calls + (sums.get(name)?.calls ?? 0) });
  }
  return [...sums.values()];
}

interface ItemRow extends Pick<BatchItemReport, 'line' | 'customId' | 'model' | 'attempt'> {
  readonly state: BatchItemState;
  readonly notBefore: string | null;
  readonly result: string | null;
}

function itemOf({ result, notBefore, ...row }: ItemRow): BatchItemReport {
  return {
    ...row,
    notBefore: row.state === 'waiting' ? momentOf(notBefore) : null,
    error: row.state === 'failed' ? errorIn(result) : null,
    callId: result === null ? null : (REQUEST_ID.exec(result)?.[1] ?? null),
  };
}

/** Stands before the answer's body, which may hold anything. */
const REQUEST_ID =
  /^\{"id":"[^"]*","custom_id":(?:null|"(?:[^"\\]|\\.)*"),"response":\{"status_code":\d+,"request_id":"([0-9a-f-]{36})"/;

function errorIn(result: string | null): { code: string; message: string } {
  const line = parsed(result);
  const response = isObject(line['response']) ? line['response'] : {};
  const body = isObject(response['body']) ? response['body'] : {};
  const error = [line['error'], body['error']].find((each) => isObject(each));
  if (!isObject(error)) return { code: 'failed', message: 'What went wrong is in the error file.' };
  const [code = 'failed'] = [error['code'], error['type'], error['status']].filter(
    (each) => typeof each === 'string',
  );
  return { code, message: typeof error['message'] === 'string' ? error['message'] : '' };
}

function parsed(result: string | null): Readonly<Record<string, Json | undefined>> {
  try {
    const value: unknown = JSON.parse(result ?? '');
    return isObject(value) ? value : {};
  } catch {
    // Cut, as it is too long, or deleted with its file.
    return {};
  }
}
