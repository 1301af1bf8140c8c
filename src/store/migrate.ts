import { readdirSync, readFileSync } from 'node:fs';
import { sha256 } from '../core/secret.ts';
import { asSqlError, type SqlError } from './sql/sql-error.ts';
import type { Sql } from './sql/sql.ts';

/** One numbered change of the schema. A released one is never edited: a correction is a new one. */
interface Migration {
  /** The file's name without `.sql`: `0001-calls`. */
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** Any number that no other program's lock uses by accident. */
const LOCK = 'select pg_advisory_xact_lock(720115113)';

/** The store holds a schema that this program does not know; running on would damage it. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/**
 * Brings the schema up to date. Safe to run by several processes at once.
 * @throws SchemaError, or SqlError when the database fails
 */
export async function migrate(sql: Sql, migrations: readonly Migration[] = readMigrations()): Promise<void> {
  await sql.transaction([
    { text: LOCK },
    {
      text: `create schema if not exists illm;
        create table if not exists illm.migrations (
          name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
    },
  ]);
  let pending = await nextOf(sql, migrations);
  while (pending) {
    const failed = await apply(sql, pending);
    const next = await nextOf(sql, migrations);
    if (failed && next?.name === pending.name) throw failed;
    pending = next;
  }
}

/** Answers with the error, which may only say that another process was faster. */
async function apply(sql: Sql, { name, text, checksum }: Migration): Promise<SqlError | null> {
  try {
    await sql.transaction([
      { text: LOCK },
      { text: 'insert into illm.migrations (name, checksum) values ($1, $2)', params: [name, checksum] },
      { text },
    ]);
    return null;
  } catch (error) {
    return asSqlError(error, 'driver');
  }
}

/** The first one that was not applied yet. */
async function nextOf(sql: Sql, migrations: readonly Migration[]): Promise<Migration | undefined> {
  const rows = await sql.query<{ name: string; checksum: string }>(
    'select name, checksum from illm.migrations',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of migrations) {
    if (applied.has(name) && applied.get(name) !== checksum)
      throw new SchemaError(`The store's schema was changed by another version of ${name}.sql.`);
    applied.delete(name);
  }
  const [unknown] = applied.keys();
  if (unknown !== undefined)
    throw new SchemaError(
      `The store was written by a newer version of infinite-llm (${unknown}). Update this one, or use another store.`,
    );
  const done = new Set(rows.map(({ name }) => name));
  return migrations.find(({ name }) => !done.has(name));
}

export function readMigrations(folder: URL = new URL('./migrations/', import.meta.url)): Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(file, folder), 'utf8').replaceAll('\r\n', '\n');
      return { name: file.replace(/\.sql$/, ''), text, checksum: sha256(text) };
    });
}
