import { rmSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { POSTGRES, type PostgresService, startPostgres } from '../../../test/services/postgres.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import type { CallRecord } from '../../core/record.ts';
import { INSERT_CALLS } from '../ledger/insert-sql.ts';
import { insertCalls } from '../ledger/insert.ts';
import { dayOf, partitionsOf } from '../ledger/partitions.ts';
import { rowText } from '../ledger/row.ts';
import { migrate } from '../migrate.ts';
import { openPglite } from '../sql/pglite.ts';
import { openPostgres } from '../sql/postgres.ts';
import { queriesContract } from './queries.contract.ts';
import { tail } from './tail.ts';

let directory = '';
afterAll(() => rmSync(directory, { recursive: true, force: true }));

queriesContract('PGlite', async () => {
  directory = await freshPgliteDirectory();
  return openPglite(directory);
});

describe(`with a server${POSTGRES.note}`, () => {
  let service: PostgresService | undefined;
  beforeAll(async () => {
    if (POSTGRES.available) service = await startPostgres();
  });
  afterAll(() => service?.stop());

  queriesContract(
    'PostgreSQL',
    async () => openPostgres((await service?.freshDatabase()) ?? '', silentLog),
    !POSTGRES.available,
  );

  it.skipIf(!POSTGRES.available)('tails each call once, however transactions overlap', async () => {
    const url = (await service?.freshDatabase()) ?? '';
    const sql = openPostgres(url, silentLog);
    await migrate(sql);
    const now = Date.now();
    const partitions = partitionsOf(sql);
    await partitions.ensure([dayOf(now)]);
    // Makes the function that inserts.
    await insertCalls(sql, partitions, []);
    const [slow, quick] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([slow.connect(), quick.connect()]);
    // Without a rollup's row in common, which would make the second wait for the first.
    const record = (team: string): CallRecord =>
      callRecord({
        team,
        keyId: team,
        target: { provider: team, model: team },
        startedAt: new Date(now).toISOString(),
      });
    const insert = (client: pg.Client, team: string): Promise<unknown> =>
      client.query(INSERT_CALLS, [`[${rowText(record(team))}]`]);

    let { mark } = await tail(sql, null, 100, now);
    const told: (string | null)[][] = [];
    const poll = async (): Promise<void> => {
      const page = await tail(sql, mark, 100, now);
      mark = page.mark;
      told.push(page.calls.map(({ team }) => team));
    };
    await slow.query('begin');
    await insert(slow, 'early number, late commit');
    await poll();
    await insert(quick, 'late number, early commit');
    await poll();
    await slow.query('commit');
    await poll();
    await poll();
    expect(told).toEqual([[], ['late number, early commit'], ['early number, late commit'], []]);
    await Promise.all([slow.end(), quick.end(), sql.close()]);
  });
});
