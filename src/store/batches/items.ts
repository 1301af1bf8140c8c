import type { BatchStore } from '../../core/batch.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';
import { ITEM, type ItemRow, itemOf, momentOf } from './rows.ts';

type Items = Pick<
  BatchStore,
  | 'addItems'
  | 'resume'
  | 'waitingModels'
  | 'spool'
  | 'waiting'
  | 'run'
  | 'retry'
  | 'finishItems'
  | 'unfinished'
  | 'open'
>;

/** The state of each call: waiting → running → done, or waiting → submitted → done. */
export function createItems(sql: Sql): Items {
  return {
    async addItems(id, items, wrong) {
      await reached(
        sql.query(
          `insert into illm.batch_items (batch_id, line, custom_id, model, request, state, ok, result)
           select $1, line, "customId", coalesce(model, ''), request,
             case when result is null then 'waiting' else 'done' end,
             case when result is null then null else false end, result
           from json_to_recordset($2::text::json)
             as given (line integer, "customId" text, model text, request text, result text)
           on conflict do nothing`,
          [id, JSON.stringify([...items, ...wrong])],
        ),
      );
    },
    async resume(id) {
      await reached(
        sql.query(`update illm.batch_items set state = 'waiting' where batch_id = $1 and state = 'running'`, [
          id,
        ]),
      );
    },
    async waitingModels(id) {
      return await reached(
        sql.query<{ model: string; count: number }>(
          `select model, count(*) as count from illm.batch_items
           where batch_id = $1 and state = 'waiting' and not spooled group by model order by model`,
          [id],
        ),
      );
    },
    async spool(id, which) {
      if ('model' in which) {
        await reached(
          sql.query(
            `update illm.batch_items set spooled = true
             where batch_id = $1 and model = $2 and state = 'waiting' and not spooled`,
            [id, which.model],
          ),
        );
        return;
      }
      await reached(
        sql.transaction([
          {
            text: `update illm.batch_items set state = 'waiting', spooled = true, submission = null
              where batch_id = $1 and submission = $2 and state = 'submitted'`,
            params: [id, which.submission],
          },
          { text: 'delete from illm.batch_submissions where id = $1', params: [which.submission] },
        ]),
      );
    },
    async waiting(id, limit, now) {
      const rows = await reached(
        sql.query<ItemRow>(
          `select ${ITEM} from illm.batch_items
           where batch_id = $1 and state = 'waiting' and spooled and (not_before is null or not_before <= $2)
           order by line limit $3`,
          [id, iso(now), limit],
        ),
      );
      if (rows.length > 0) return { items: rows.map(itemOf), nextAt: null };
      const [next] = await reached(
        sql.query<{ at: string | null }>(
          `select min(not_before) as at from illm.batch_items
           where batch_id = $1 and state = 'waiting' and spooled`,
          [id],
        ),
      );
      return { items: [], nextAt: momentOf(next?.at ?? null) };
    },
    async run(id, owner, line, startedAt) {
      const rows = await reached(
        sql.query(
          `update illm.batch_items set state = 'running', started_at = $4
           where batch_id = $1 and line = $3 and state = 'waiting' and exists (
             select 1 from illm.batches where id = $1 and lease_owner = $2 and lease_until > now())
           returning line`,
          [id, owner, line, iso(startedAt)],
        ),
      );
      return rows.length > 0;
    },
    async retry(id, owner, line, at) {
      await reached(
        sql.query(
          `update illm.batch_items
           set state = 'waiting', attempt = attempt + 1, not_before = $4, started_at = null
           where batch_id = $1 and line = $3 and state = 'running' and exists (
             select 1 from illm.batches where id = $1 and lease_owner = $2 and lease_until > now())`,
          [id, owner, line, iso(at)],
        ),
      );
    },
    async finishItems(id, results) {
      if (results.length === 0) return;
      await reached(
        sql.query(
          `with given as (
             select * from json_to_recordset($2::text::json) as given (line integer, ok boolean, result text)
           ), done as (
             update illm.batch_items as item
             set state = 'done', ok = given.ok, result = given.result, request = null, submission = null
             from given where item.batch_id = $1 and item.line = given.line and item.state <> 'done'
             returning item.ok
           )
           update illm.batches set completed = completed + (select count(*) from done where ok),
             failed = failed + (select count(*) from done where not ok)
           where id = $1`,
          [id, JSON.stringify(results)],
        ),
      );
    },
    async unfinished(id, limit) {
      return await reached(
        sql.query<{ line: number; customId: string }>(
          `select line, custom_id as "customId" from illm.batch_items
           where batch_id = $1 and state = 'waiting' order by line limit $2`,
          [id, limit],
        ),
      );
    },
    async open(id) {
      const rows = await reached(
        sql.query(`select 1 from illm.batch_items where batch_id = $1 and state <> 'done' limit 1`, [id]),
      );
      return rows.length > 0;
    },
  };
}
