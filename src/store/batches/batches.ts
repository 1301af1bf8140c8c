import type { BatchStore } from '../../core/batch.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';
import { createFiles } from './files.ts';
import { createItems } from './items.ts';
import { BATCH, batchOf, type BatchRow } from './rows.ts';
import { createSubmissions } from './submissions.ts';

type Batches = Omit<
  BatchStore,
  | keyof ReturnType<typeof createFiles>
  | keyof ReturnType<typeof createItems>
  | keyof ReturnType<typeof createSubmissions>
>;

export function createBatches(sql: Sql): BatchStore {
  return { ...createFiles(sql), ...createItems(sql), ...createSubmissions(sql), ...batches(sql) };
}

function batches(sql: Sql): Batches {
  async function one(
    text: string,
    params: readonly (string | number)[],
  ): Promise<ReturnType<typeof batchOf> | null> {
    const [row] = await reached(sql.query<BatchRow>(text, params));
    return row ? batchOf(row) : null;
  }
  const batch: Batches['batch'] = (tenant, id) =>
    one(`select ${BATCH} from illm.batches where tenant = $1 and id = $2`, [tenant, id]);

  return {
    batch,
    async create({ id, tenant, caller, endpoint, inputFileId, metadata, createdAt, expiresAt }) {
      await reached(
        sql.query(
          `insert into illm.batches
             (id, tenant, caller, endpoint, input_file_id, metadata, status, created_at, expires_at)
           values ($1, $2, $3::text::jsonb, $4, $5, $6::text::jsonb, 'validating', $7, $8)`,
          [
            id,
            tenant,
            JSON.stringify(caller),
            endpoint,
            inputFileId,
            metadata && JSON.stringify(metadata),
            iso(createdAt),
            iso(expiresAt),
          ],
        ),
      );
    },
    async batches(tenant, { limit, after }) {
      const rows = await reached(
        sql.query<BatchRow>(
          `select ${BATCH} from illm.batches where tenant = $1 and ($2::text is null or id < $2)
           order by id desc limit $3`,
          [tenant, after, limit],
        ),
      );
      return rows.map(batchOf);
    },
    async cancel(tenant, id, now) {
      const cancelled = await one(
        `update illm.batches set status = 'cancelling', cancelling_at = $3
         where tenant = $1 and id = $2 and status in ('validating', 'in_progress') returning ${BATCH}`,
        [tenant, id, iso(now)],
      );
      return cancelled ?? (await batch(tenant, id));
    },
    lease: (owner, ms) =>
      one(
        `update illm.batches set lease_owner = $1, lease_until = now() + $2::float8 * interval '1 millisecond'
         where id = (
           select id from illm.batches where ended_at is null and (lease_until is null or lease_until < now())
           order by created_at limit 1 for update skip locked)
         returning ${BATCH}`,
        [owner, ms],
      ),
    async renew(owner, ms) {
      const rows = await reached(
        sql.query<{ id: string }>(
          `update illm.batches set lease_until = now() + $2::float8 * interval '1 millisecond'
           where lease_owner = $1 and lease_until > now() and ended_at is null returning id`,
          [owner, ms],
        ),
      );
      return rows.map(({ id }) => id);
    },
    async release(id, owner) {
      await reached(
        sql.query(
          'update illm.batches set lease_owner = null, lease_until = null where id = $1 and lease_owner = $2',
          [id, owner],
        ),
      );
    },
    held: (id, owner) =>
      one(
        `select ${BATCH} from illm.batches
         where id = $1 and lease_owner = $2 and lease_until > now() and ended_at is null`,
        [id, owner],
      ),
    async begin(id, now) {
      await reached(
        sql.query(
          `update illm.batches set status = 'in_progress', started_at = $2,
             total = (select count(*) from illm.batch_items where batch_id = $1),
             failed = (select count(*) from illm.batch_items where batch_id = $1 and state = 'done')
           where id = $1 and status = 'validating'`,
          [id, iso(now)],
        ),
      );
    },
    async fail(id, problems, now) {
      await reached(
        sql.transaction([
          { text: 'delete from illm.batch_items where batch_id = $1', params: [id] },
          {
            text: `update illm.batches set status = 'failed', problems = $2::text::jsonb, ended_at = $3,
                keep_until = $3::timestamptz + interval '30 days', lease_owner = null, lease_until = null
              where id = $1 and ended_at is null`,
            params: [id, JSON.stringify(problems), iso(now)],
          },
        ]),
      );
    },
    async end(id, status, now, keepUntil) {
      const fileOf = (ok: boolean): string => outputFileId(id, ok);
      const outputs = [true, false].map((ok) => ({
        text: `insert into illm.files
            (id, tenant, filename, purpose, bytes, created_at, expires_at, batch_id, of_errors)
          select $2::text, tenant, $3::text, 'batch_output', bytes, $5::timestamptz, $6::timestamptz, $1::text, not $4::boolean from illm.batches,
            (select count(*) as lines, coalesce(sum(octet_length(result) + 1), 0)::bigint as bytes
             from illm.batch_items where batch_id = $1 and ok = $4::boolean) as written
          where id = $1 and ended_at is null and lines > 0
          on conflict do nothing`,
        params: [
          id,
          fileOf(ok),
          `${id}_${ok ? 'output' : 'error'}.jsonl`,
          ok,
          iso(now),
          iso(keepUntil),
        ] as const,
      }));
      await reached(
        sql.transaction([
          ...outputs,
          {
            text: `update illm.batches set status = $2, ended_at = $3, keep_until = $4,
                output_file_id = (select id from illm.files where batch_id = $1 and not of_errors),
                error_file_id = (select id from illm.files where batch_id = $1 and of_errors),
                lease_owner = null, lease_until = null
              where id = $1 and ended_at is null`,
            params: [id, status, iso(now), iso(keepUntil)],
          },
        ]),
      );
    },
    async purge(now) {
      await reached(
        sql.transaction([
          { text: 'delete from illm.files where expires_at <= $1', params: [iso(now)] },
          { text: 'delete from illm.batches where keep_until <= $1', params: [iso(now)] },
        ]),
      );
    },
  };
}

/** The batch's own number, so that an end that is written twice makes one file. */
function outputFileId(batchId: string, ok: boolean): string {
  return `file-${batchId.slice('batch_'.length)}${ok ? '0' : '1'}`;
}
