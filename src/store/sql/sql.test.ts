import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { threadChannel } from '../../core/channel.ts';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { POSTGRES, type PostgresService, startPostgres } from '../../../test/services/postgres.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import { channelSql, serveSql } from './channel.ts';
import { openEmbedded, startPgliteThread } from './embedded.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { sqlContract } from './sql.contract.ts';
import { SqlError } from './sql-error.ts';

const directories: string[] = [];
async function freshDirectory(): Promise<string> {
  const directory = await freshPgliteDirectory();
  directories.push(directory);
  return directory;
}
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

sqlContract('PGlite in this thread', async () => openPglite(await freshDirectory()));

sqlContract('PGlite in a thread of its own', async () =>
  openEmbedded(await freshDirectory(), { log: silentLog, clock: systemClock }),
);

sqlContract('a database at the other end of a channel', async () => {
  const { port1, port2 } = new MessageChannel();
  const sql = await openPglite(await freshDirectory());
  serveSql(sql, threadChannel(port1), async () => {
    await sql.close();
    setImmediate(() => port1.close());
  });
  return channelSql(threadChannel(port2), 'embedded');
});

describe('a channel whose other end is gone', () => {
  it('fails what waits and what comes', async () => {
    const { port1, port2 } = new MessageChannel();
    const sql = channelSql(threadChannel(port2), 'embedded');
    const waiting = sql.query('select 1');
    port1.close();
    await expect(waiting).rejects.toMatchObject({ code: 'connection', isOutage: true });
    await expect(sql.exec('select 1')).rejects.toBeInstanceOf(SqlError);
    await sql.close();
  });
});

describe('the first start of the embedded store', () => {
  it('does not mind what a killed one left unfinished', { timeout: 60_000 }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'illm-first-'));
    directories.push(root);
    mkdirSync(join(root, 'postgres.new'));
    writeFileSync(join(root, 'postgres.new', 'PG_VERSION'), '18\n');
    const sql = await openEmbedded(join(root, 'postgres'), { log: silentLog, clock: systemClock });
    expect(await sql.query('select 1 as fine')).toEqual([{ fine: 1 }]);
    await sql.close();
    expect(readdirSync(root)).toEqual(['postgres']);
  });
});

describe('a crash of the embedded store', () => {
  it('fails what runs, and the next statement finds it running again', async () => {
    const threads: Worker[] = [];
    const sql = await openEmbedded(await freshDirectory(), {
      log: silentLog,
      clock: { ...systemClock, sleep: async () => {} },
      startThread: (directory) => {
        const thread = startPgliteThread(directory);
        threads.push(thread);
        return thread;
      },
    });
    await sql.exec('create table kept (id int); insert into kept values (1)');
    const running = sql.query('select pg_sleep(30)');
    await threads[0]?.terminate();
    await expect(running).rejects.toMatchObject({ isOutage: true });
    expect(await sql.query('select id from kept')).toEqual([{ id: 1 }]);
    await sql.close();
  });
});

describe(`PostgreSQL${POSTGRES.note}`, () => {
  let service: PostgresService | undefined;
  beforeAll(async () => {
    if (POSTGRES.available) service = await startPostgres();
  });
  afterAll(() => service?.stop());

  sqlContract(
    'a PostgreSQL server, through a pool',
    async () => openPostgres((await service?.freshDatabase()) ?? '', silentLog),
    !POSTGRES.available,
  );

  it.skipIf(!POSTGRES.available)('comes back after the server was killed', async () => {
    const sql = openPostgres((await service?.freshDatabase()) ?? '', silentLog);
    await sql.query('select 1 as fine');
    const running = sql.transaction([{ text: 'select pg_sleep(30)' }]);
    running.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200));
    service?.control?.kill();
    await expect(running).rejects.toMatchObject({ isOutage: true });
    await expect(sql.query('select 1')).rejects.toMatchObject({ isOutage: true });
    service?.control?.start();
    expect(await sql.query('select 1 as fine')).toEqual([{ fine: 1 }]);
    await sql.close();
  });

  it('tells no password when the server cannot be reached', async () => {
    const sql = openPostgres('postgres://ana:hunter2@127.0.0.1:1/calls', silentLog);
    const error = await sql.query('select 1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SqlError);
    expect(String(error)).not.toContain('hunter2');
    await sql.close();
  });
});
