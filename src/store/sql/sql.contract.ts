import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sql } from './sql.ts';
import { SqlError } from './sql-error.ts';

/** What every database must do alike, however it is reached. `open` gives an empty one. */
export function sqlContract(name: string, open: () => Promise<Sql>, skip = false): void {
  describe.skipIf(skip)(name, () => {
    let sql: Sql;
    beforeAll(async () => {
      sql = await open();
      await sql.exec(
        'create table things (id bigint primary key, name text, tags jsonb); create table others (id int)',
      );
    });
    afterAll(() => sql?.close());

    it('gives the same values for every type', async () => {
      const [row] = await sql.query(
        `select 9007199254740991::bigint as big, 7 as small, 1.10::numeric(24, 12) as money, 1.5::float8 as ratio,
           true as yes, null as nothing, '{"a":[1,null]}'::jsonb as json, 'Ωé'::text as words, date '2026-11-24' as day,
           timestamptz '2026-11-24 12:30:00.25+02' as at, '0191f1d0-0000-7000-8000-000000000001'::uuid as id,
           count(*) as rows, sum(2::bigint) as total`,
      );
      expect(row).toEqual({
        big: 9007199254740991,
        small: 7,
        money: '1.100000000000',
        ratio: 1.5,
        yes: true,
        nothing: null,
        json: { a: [1, null] },
        words: 'Ωé',
        day: '2026-11-24',
        at: '2026-11-24T10:30:00.250Z',
        id: '0191f1d0-0000-7000-8000-000000000001',
        rows: 1,
        total: '2',
      });
    });

    it('refuses an integer that no number holds exactly', async () => {
      await expect(sql.query('select 9007199254740993::bigint as big')).rejects.toBeInstanceOf(SqlError);
      expect(await sql.query('select 1 as fine')).toEqual([{ fine: 1 }]);
    });

    it('takes every kind of parameter, also a long text', async () => {
      const long = 'ä"\\\n'.repeat(300_000);
      const [row] = await sql.query(
        `select $1::text as text, $2::int as number, $3::boolean as yes, $4::text as nothing, length($5::text) as length,
           right($5::text, 4) as tail, $6::text as digits`,
        ["it's $1", 42, true, null, long, 17],
      );
      expect(row).toEqual({
        text: "it's $1",
        number: 42,
        yes: true,
        nothing: null,
        length: 1_200_000,
        tail: 'ä"\\\n',
        digits: '17',
      });
    });

    it('answers many statements at once, each with its own rows', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => sql.query<{ n: number }>('select $1::int as n', [index])),
      );
      expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    });

    it('runs a transaction as a whole', async () => {
      const results = await sql.transaction([
        { text: 'insert into things values ($1, $2, $3)', params: [1, 'one', '{"a":1}'] },
        { text: `insert into others values (1); insert into others values (2)` },
        { text: 'select id, name, tags from things' },
      ]);
      expect(results[2]).toEqual([{ id: 1, name: 'one', tags: { a: 1 } }]);
      expect(results).toHaveLength(3);
    });

    it('leaves nothing of a transaction that fails', async () => {
      const failing = sql.transaction([
        { text: 'insert into things values (2, null, null)' },
        { text: 'insert into things values (2, null, null)' },
      ]);
      await expect(failing).rejects.toMatchObject({ code: '23505', blamesRow: true, isOutage: false });
      expect(await sql.query('select id from things where id = 2')).toEqual([]);
      expect(await sql.query('select 1 as fine')).toEqual([{ fine: 1 }]);
    });

    it.each([
      ['select 1/0', '22012', true],
      ['selekt', '42601', false],
      ['select * from nowhere', '42P01', false],
      [`select 'x'::int`, '22P02', true],
    ])('tells with a code why %s fails', async (text, code, blamesRow) => {
      await expect(sql.query(text)).rejects.toMatchObject({
        name: 'SqlError',
        code,
        blamesRow,
        isOutage: false,
      });
    });
  });
}
