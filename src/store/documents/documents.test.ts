import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { POSTGRES, startPostgres } from '../../../test/services/postgres.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import { systemClock } from '../../core/clock.ts';
import type { DocumentStore, NewDocument } from '../../core/documents.ts';
import { migrate } from '../migrate.ts';
import { openPglite } from '../sql/pglite.ts';
import { openPostgres } from '../sql/postgres.ts';
import type { Sql } from '../sql/sql.ts';
import { createDocuments } from './documents.ts';

function document(collection: string, name: string, ...texts: string[]): NewDocument {
  const passages = texts.map((text, order) => ({ order, text, vector: Float32Array.of(0.1, -order, 1e-20) }));
  return { collection, name, characters: texts.join('').length, passages };
}

function documentContract(open: () => Promise<{ sql: Sql; close: () => Promise<void> }>, skip = false): void {
  let sql: Sql;
  let close: () => Promise<void>;
  let documents: DocumentStore;

  beforeAll(async () => {
    if (skip) return;
    ({ sql, close } = await open());
    await migrate(sql);
    documents = createDocuments(sql, systemClock);
  });
  afterAll(async () => {
    if (skip) return;
    await sql.close();
    await close();
  });

  it.skipIf(skip)('keeps documents with their passages, bit for bit', async () => {
    const given = document('one', 'b.md', 'First "passage".\n', 'Zweite: ü, 日本');
    const info = await documents.put(given);
    expect(info).toMatchObject({ collection: 'one', name: 'b.md', passages: 2 });
    expect(await documents.list()).toEqual([info]);
    expect(await documents.passages('one')).toEqual(
      given.passages.map((passage) => ({ ...passage, document: 'b.md' })),
    );
  });

  it.skipIf(skip)('replaces a document of the same name in its collection alone', async () => {
    await documents.put(document('one', 'b.md', 'Newer.'));
    await documents.put(document('two', 'b.md', 'Another.'));
    await documents.put(document('one', 'a.md', 'Before.'));
    expect((await documents.passages('one')).map(({ text }) => text)).toEqual(['Before.', 'Newer.']);
    expect((await documents.list()).map(({ collection, name }) => `${collection}/${name}`)).toEqual([
      'one/a.md',
      'one/b.md',
      'two/b.md',
    ]);
  });

  it.skipIf(skip)('removes a document once, and nothing for a wrong id', async () => {
    const [first] = await documents.list('two');
    expect(await documents.remove(first?.id ?? '')).toBe(true);
    expect(await documents.remove(first?.id ?? '')).toBe(false);
    expect(await documents.remove("'; drop table illm.documents; --")).toBe(false);
    expect(await documents.passages('two')).toEqual([]);
    expect(await documents.list('one')).toHaveLength(2);
  });
}

describe('documents in the embedded store', () => {
  documentContract(async () => {
    const directory = await freshPgliteDirectory();
    return {
      sql: await openPglite(directory),
      close: async () => rmSync(directory, { recursive: true, force: true }),
    };
  });
});

describe(`documents in PostgreSQL${POSTGRES.note}`, () => {
  documentContract(async () => {
    const service = await startPostgres();
    return { sql: openPostgres(await service.freshDatabase(), silentLog), close: () => service.stop() };
  }, !POSTGRES.available);
});
