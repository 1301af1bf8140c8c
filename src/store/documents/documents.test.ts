import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { PGVECTOR, POSTGRES, startPostgres } from '../../../test/services/postgres.ts';
import { recordingLog, silentLog } from '../../../test/services/silent-log.ts';
import { systemClock } from '../../core/clock.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { openPglite } from '../sql/pglite.ts';
import { openPostgres } from '../sql/postgres.ts';
import { SqlError } from '../sql/sql-error.ts';
import type { Sql } from '../sql/sql.ts';
import { createDocuments, type DocumentOptions, type OpenDocuments } from './documents.ts';
import { documentContract, documentOf, sharedBus, someVectors } from './documents.contract.ts';
import { openExtension } from './extension.ts';
import { vectorTables } from './vector-table.ts';

/** So small that tests reach it. */
const LIMITS = { exactUpTo: 20, mostUnindexed: 40 };

function open(sql: Sql, options: Partial<DocumentOptions> = {}): OpenDocuments {
  return createDocuments({
    sql,
    clock: systemClock,
    log: silentLog,
    bus: sharedBus(),
    limits: LIMITS,
    ...options,
  });
}

async function embedded(withVectors: boolean): Promise<{ sql: Sql; close: () => Promise<void> }> {
  const directory = await freshPgliteDirectory();
  const sql = await openPglite(directory, { withVectors });
  return {
    sql,
    close: async () => {
      await sql.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function server(service: typeof startPostgres): Promise<{ sql: Sql; close: () => Promise<void> }> {
  const running = await service();
  const sql = openPostgres(await running.freshDatabase(), silentLog);
  return {
    sql,
    close: async () => {
      await sql.close();
      await running.stop();
    },
  };
}

const PLACES = [
  { name: 'the embedded store with pgvector', how: 'index', place: () => embedded(true), skip: false },
  { name: 'the embedded store without pgvector', how: 'exact', place: () => embedded(false), skip: false },
  {
    name: `PostgreSQL without pgvector${POSTGRES.note}`,
    how: 'exact',
    place: () => server(startPostgres),
    skip: !POSTGRES.available,
  },
  {
    name: `PostgreSQL with pgvector${PGVECTOR.note}`,
    how: 'index',
    place: () => server(PGVECTOR.start),
    skip: !PGVECTOR.available,
  },
] as const;

for (const { name, how, place, skip } of PLACES)
  describe(`documents in ${name}`, () => {
    documentContract(
      async () => {
        const { sql, close } = await place();
        await migrate(sql);
        const documents = open(sql);
        return { documents, close: () => documents.close().then(close) };
      },
      how,
      skip,
    );
  });

for (const { name, place, skip } of PLACES.filter(({ how }) => how === 'index'))
  describe(`the index of documents in ${name}`, () => {
    const table = `illm.passage_vectors_16`;
    const [question] = someVectors(1, 3);
    let sql: Sql;
    let close: () => Promise<void>;
    beforeAll(async () => {
      if (!skip) ({ sql, close } = await place());
    });
    afterAll(async () => {
      if (!skip) await close();
    });

    async function namesOf(documents: OpenDocuments): Promise<string[]> {
      return (await documents.nearest('old', question!, 3)).map(
        ({ document, order }) => `${document}/${order}`,
      );
    }

    it.skipIf(skip)('takes in what was there before it, and says so', async () => {
      const before = readMigrations().filter(({ name: each }) => each < '0012');
      await migrate(sql, before);
      await sql.exec(`insert into illm.documents (id, collection, name, characters, added_at)
        values ('01900000-0000-7000-8000-000000000001', 'old', 'a.md', 5, now())`);
      const vectors = someVectors(60, 4);
      const rows = documentOf('old', 'a.md', vectors).passages.map(({ order, text, vector }) => ({
        position: order,
        text,
        vector: Buffer.from(vector.buffer).toString('base64'),
      }));
      await sql.query(
        `insert into illm.passages select '01900000-0000-7000-8000-000000000001', position, text, vector
         from json_to_recordset($1::text::json) as given (position integer, text text, vector text)`,
        [JSON.stringify(rows)],
      );
      await migrate(sql);
      const log = recordingLog();
      const documents = open(sql, { log, limits: { ...LIMITS, exactUpTo: 1_000 } });
      await documents.prepare();
      expect(await sql.query(`select to_regclass('${table}') as made`)).toEqual([{ made: null }]);
      expect(log.lines).toEqual([]);
      const exact = await namesOf(documents);
      await documents.close();

      const larger = open(sql, { log });
      await larger.prepare();
      expect(log.lines).toContain('info How a collection of documents is searched');
      expect(await larger.searching('old')).toMatchObject({
        how: 'exact',
        why: expect.stringContaining('0 of 60'),
      });
      expect(await namesOf(larger)).toEqual(exact);
      await vi.waitFor(async () => expect(await larger.searching('old')).toMatchObject({ how: 'index' }));
      expect(log.lines.at(-1)).toBe('info A collection of documents is indexed');
      expect(await namesOf(larger)).toEqual(exact);
      expect(await sql.query(`select count(*) as rows from ${table}`)).toEqual([{ rows: 60 }]);
      expect(await vectorTables(sql)).toEqual([table]);
      await larger.close();
    });

    it.skipIf(skip)('is made and filled by several gateways at once', async () => {
      await sql.exec(`drop table ${table}; drop extension vector`);
      const gateways = [1, 2, 3].map(() => open(sql));
      await Promise.all(gateways.map((each) => each.prepare()));
      for (const each of gateways)
        await vi.waitFor(async () => expect(await each.searching('old')).toMatchObject({ how: 'index' }));
      await Promise.all(
        gateways.map((each, at) => each.put(documentOf('old', `${at}.md`, someVectors(9, at)))),
      );
      expect(await sql.query(`select count(*) as rows from ${table}`)).toEqual([{ rows: 87 }]);
      for (const each of gateways) await each.close();
    });

    it.skipIf(skip)('finds what is not in it yet, and what another collection hides from it', async () => {
      const documents = open(sql, { limits: { ...LIMITS, mostUnindexed: 40 } });
      await sql.exec(`with gone as (update illm.documents set indexed = false where name = '1.md' returning id)
        delete from ${table} using gone where document_id = gone.id`);
      const [vector] = someVectors(1, 1);
      expect(await documents.searching('old')).toMatchObject({ how: 'index', passages: 87 });
      expect((await documents.nearest('old', vector!, 2))[0]).toMatchObject({ document: '1.md', order: 0 });
      await documents.put(
        documentOf(
          'near',
          'a.md',
          Array.from({ length: 200 }, () => question!),
        ),
      );
      expect(await documents.nearest('old', question!, 30)).toHaveLength(30);
      await documents.close();
    });

    it.skipIf(skip)('is made anew when it was dropped behind the back of a running gateway', async () => {
      const log = recordingLog();
      const documents = open(sql, { log });
      const found = await namesOf(documents);
      await sql.exec(`drop extension vector cascade`);
      expect(await namesOf(documents)).toEqual(found);
      expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
        'warn The index of documents is gone; it is made anew',
      ]);
      await documents.searching('old');
      await vi.waitFor(async () => expect(await documents.searching('old')).toMatchObject({ how: 'index' }));
      expect(await namesOf(documents)).toEqual(found);
      await documents.close();
    });
  });

describe('documents without an index', () => {
  let sql: Sql;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ sql, close } = await embedded(false));
    await migrate(sql);
  });
  afterAll(() => close());

  it('are read once, and again after a change here or at another gateway', async () => {
    const reads: string[] = [];
    const counting: Sql = {
      ...sql,
      query: (text, params) => {
        if (text.includes('from illm.passages')) reads.push(String(params?.[0]));
        return sql.query(text, params);
      },
    };
    const bus = sharedBus();
    const documents = open(counting, { bus });
    const elsewhere = open(sql, { bus });
    const [question] = someVectors(1, 5);
    await documents.put(documentOf('one', 'a.md', someVectors(30, 6)));
    await documents.nearest('one', question!, 4);
    await documents.nearest('one', question!, 4);
    expect(reads).toEqual(['one']);
    const { id } = await elsewhere.put(documentOf('one', 'b.md', [question!]));
    expect((await documents.nearest('one', question!, 1))[0]?.document).toBe('b.md');
    await elsewhere.remove(id);
    expect((await documents.nearest('one', question!, 1))[0]?.document).toBe('a.md');
    expect(reads).toEqual(['one', 'one', 'one']);
    await documents.close();
    await elsewhere.close();
  });

  it('say why, how much they may be, and that too many cannot be searched', async () => {
    const log = recordingLog();
    const documents = open(sql, { log, limits: { ...LIMITS, mostExact: 29 } });
    await documents.prepare();
    expect(log.lines).toEqual(['info How a collection of documents is searched']);
    expect(await documents.searching('one')).toEqual({
      how: 'exact',
      why: expect.stringContaining('opened without pgvector'),
      passages: 30,
      mostPassages: 29,
    });
    await expect(documents.nearest('one', someVectors(1, 5)[0]!, 4)).rejects.toMatchObject({
      code: 'not_ready',
    });
    await documents.close();
  });

  it('are asked for again after the store failed', async () => {
    let fails = true;
    const failing: Sql = {
      ...sql,
      query: (text, params) => (fails ? Promise.reject(new Error('down')) : sql.query(text, params)),
    };
    const documents = open(failing);
    const [question] = someVectors(1, 5);
    await expect(documents.nearest('one', question!, 1)).rejects.toThrow('down');
    fails = false;
    expect(await documents.nearest('one', question!, 1)).toHaveLength(1);
    await documents.close();
  });
});

describe('pgvector that cannot be used', () => {
  const answering = (row: object, create?: SqlError): Sql => ({
    kind: 'postgres',
    query: async <Row extends object>() => [row as Row],
    transaction: () => (create ? Promise.reject(create) : Promise.resolve([])),
    exec: async () => undefined,
    close: async () => undefined,
  });
  const found = { available: '0.8.5', installed: null, schema: null };

  it.each([
    [
      'is not on the server',
      answering({ ...found, available: null }),
      384,
      /server has no pgvector: install it/,
    ],
    [
      'may not be created',
      answering(found, new SqlError('42501', 'permission denied')),
      384,
      /permission denied.*"create extension vector"/,
    ],
    [
      'is too old',
      answering({ ...found, installed: '0.7.4', schema: 'public' }),
      384,
      /0\.7\.4 is older than 0\.8/,
    ],
    [
      'has no index so wide',
      answering({ ...found, installed: '0.8.0', schema: 'x' }),
      4_001,
      /4001 dimensions/,
    ],
  ])('%s: says what to do', async (_, sql, dimensions, why) => {
    expect(await openExtension(sql, dimensions)).toEqual({ obstacle: expect.stringMatching(why) });
  });

  it('is no obstacle but an outage when the server cannot be reached', async () => {
    const sql = answering(found, new SqlError('connection', 'gone'));
    await expect(openExtension(sql, 384)).rejects.toMatchObject({ isOutage: true });
  });

  it('is taken from whatever schema it is in', async () => {
    const sql = answering({ ...found, installed: '0.10.1', schema: '"Extra"' });
    expect(await openExtension(sql, 384)).toEqual({ schema: '"Extra"', name: 'halfvec' });
  });
});
