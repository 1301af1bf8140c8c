import { isUuid } from '../../core/ids.ts';
import type { Example, ExampleStore, ListedExample } from '../../core/examples.ts';
import { vectorFromBase64, vectorToBase64 } from '../../core/vector-base64.ts';
import { createParams } from '../queries/params.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';

const PUT = `insert into illm.examples
    (call_id, started_at, tenant, task, requested_model, format, question, answer, vector)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (call_id) do update set tenant = excluded.tenant, task = excluded.task, format = excluded.format,
    question = excluded.question, answer = excluded.answer, vector = excluded.vector`;

/**
 * Call and rating are looked at each time: an example without them is none. With its limit the subquery stays one look into
 * one day's index for each example, where a join might read all calls.
 */
const LIVE = `illm.examples join illm.feedback on feedback.call_id = examples.call_id
  where (
    select true from illm.calls where calls.started_at = examples.started_at and calls.id = examples.call_id limit 1
  )`;

const PRUNE = `delete from illm.examples where tenant = $1 and call_id not in (
    select examples.call_id from ${LIVE} and tenant = $1 order by score desc, examples.call_id desc limit $2
  )`;

const FIELDS = `examples.call_id as "callId", question, answer, examples.task, examples.requested_model as "requestedModel",
  score::float8 as rating`;

export function createExamples(sql: Sql): ExampleStore {
  return {
    async put(example, most) {
      const { callId, startedAt, tenant, task, requestedModel, format, question, answer, vector } = example;
      const params = [callId, startedAt, tenant, task, requestedModel, format, question, answer];
      await reached(
        sql.transaction([
          { text: PUT, params: [...params, vectorToBase64(vector)] },
          { text: PRUNE, params: [tenant, most] },
        ]),
      );
    },
    async remove(callId) {
      if (!isUuid(callId)) return null;
      const [row] = await reached(
        sql.query<{ tenant: string }>('delete from illm.examples where call_id = $1 returning tenant', [
          callId,
        ]),
      );
      return row?.tenant ?? null;
    },
    async of(tenant, most) {
      const rows = await reached(
        sql.query<Omit<Example, 'vector'> & { readonly vector: string }>(
          `select ${FIELDS}, format, vector from ${LIVE} and tenant = $1
           order by score desc, examples.call_id desc limit $2`,
          [tenant, most],
        ),
      );
      return rows.map((row) => ({ ...row, vector: vectorFromBase64(row.vector) }));
    },
    async list({ requestedModel, task, limit }) {
      const params = createParams();
      const conditions = [
        ...(requestedModel === undefined ? [] : [`examples.requested_model = ${params.add(requestedModel)}`]),
        ...(task === undefined ? [] : [`examples.task = ${params.add(task)}`]),
      ];
      return await reached(
        sql.query<ListedExample>(
          `select ${FIELDS}, tenant, examples.started_at as "startedAt" from ${[LIVE, ...conditions].join(' and ')}
           order by examples.call_id desc limit ${params.add(limit)}`,
          params.values,
        ),
      );
    },
  };
}
