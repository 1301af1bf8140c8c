import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshPgliteDirectory } from '../../test/services/pglite.ts';
import { POSTGRES, type PostgresService, startPostgres } from '../../test/services/postgres.ts';
import { silentLog } from '../../test/services/silent-log.ts';
import { FIELDS } from './ledger/fields.ts';
import { migrate, readMigrations, SchemaError } from './migrate.ts';
import { openPglite } from './sql/pglite.ts';
import { openPostgres } from './sql/postgres.ts';
import type { Sql } from './sql/sql.ts';

const first = {
  name: '0001-a',
  text: 'create table illm.a (id int); create table illm.b (id int)',
  checksum: '1',
};
const second = { name: '0002-b', text: 'insert into illm.a values (1)', checksum: '2' };

describe('migrations', () => {
  let directory: string;
  let sql: Sql;
  beforeAll(async () => {
    directory = await freshPgliteDirectory();
    sql = await openPglite(directory);
  });
  afterAll(async () => {
    await sql.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('run once each, in order', async () => {
    await migrate(sql, [first]);
    await migrate(sql, [first, second]);
    await migrate(sql, [first, second]);
    expect(await sql.query('select id from illm.a')).toEqual([{ id: 1 }]);
  });

  it('leave nothing of one that fails', async () => {
    const broken = { name: '0003-c', text: 'insert into illm.a values (2); select nonsense', checksum: '3' };
    await expect(migrate(sql, [first, second, broken])).rejects.toMatchObject({ code: '42703' });
    await expect(migrate(sql, [first, second, broken])).rejects.toMatchObject({ code: '42703' });
    expect(await sql.query('select id from illm.a')).toEqual([{ id: 1 }]);
  });

  it('refuse a store that another version has changed', async () => {
    await expect(migrate(sql, [first])).rejects.toThrow(SchemaError);
    await expect(migrate(sql, [first])).rejects.toThrow('newer version of infinite-llm (0002-b)');
    await expect(migrate(sql, [{ ...first, checksum: 'x' }, second])).rejects.toThrow(
      'another version of 0001-a.sql',
    );
  });

  it('have a column for every field of a call', async () => {
    await sql.exec('drop schema illm cascade');
    await migrate(sql);
    const columns = await sql.query<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = 'illm.calls'::regclass and attnum > 0`,
    );
    const names = columns.map(({ name }) => name).filter((name) => name !== 'tx');
    expect(names.sort()).toEqual(
      Object.values(FIELDS)
        .map(({ column }) => column)
        .sort(),
    );
    const numbers = readMigrations().map(({ name }) => /^(\d{4})-[a-z-]+$/.exec(name)?.[1]);
    expect(numbers).toEqual([...new Set(numbers)].sort((a = '', b = '') => a.localeCompare(b)));
    expect(numbers).not.toContain(undefined);
  });
});

describe(`with a server${POSTGRES.note}`, () => {
  let service: PostgresService | undefined;
  beforeAll(async () => {
    if (POSTGRES.available) service = await startPostgres();
  });
  afterAll(() => service?.stop());

  it.skipIf(!POSTGRES.available)('migrations run once when several gateways start at once', async () => {
    const url = (await service?.freshDatabase()) ?? '';
    const gateways = Array.from({ length: 5 }, () => openPostgres(url, silentLog));
    await Promise.all(gateways.map((sql) => migrate(sql)));
    const [sql] = gateways;
    expect(await sql?.query('select count(*) as n from illm.key_version')).toEqual([{ n: 1 }]);
    await Promise.all(gateways.map((each) => each.close()));
  });
});
