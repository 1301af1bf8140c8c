import { PGlite, types } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { asSqlError } from './sql-error.ts';
import type { Sql, SqlValue, Statement } from './sql.ts';
import { PARSERS } from './values.ts';

/**
 * PostgreSQL in this very thread and a directory. It answers one statement after the other. The caller must hold the
 * directory's lock: PGlite has none of its own, and two writers destroy each other's work. With vectors, pgvector
 * can be created in it.
 */
export async function openPglite(directory: string, { withVectors = true } = {}): Promise<Sql> {
  const db = await PGlite.create({
    parsers: { ...PARSERS },
    serializers: {
      [types.TEXT]: (value: unknown) => (value instanceof Uint8Array ? value : String(value)) as string,
    },
    dataDir: directory,
    extensions: withVectors ? { vector } : {},
  });

  async function run(target: Pick<PGlite, 'query' | 'exec'>, { text, params }: Statement): Promise<object[]> {
    if (params) return (await target.query<object>(text, encoded(params))).rows;
    return (await target.exec(text)).at(-1)?.rows ?? [];
  }

  return {
    kind: 'embedded',
    async query<Row extends object>(text: string, params: readonly SqlValue[] = []): Promise<Row[]> {
      return guarded(async () => (await db.query<Row>(text, encoded(params))).rows);
    },
    transaction: (statements) =>
      guarded(() =>
        db.transaction(async (inside) => {
          const results: object[][] = [];
          for (const statement of statements) results.push(await run(inside, statement));
          return results;
        }),
      ),
    async exec(text) {
      await guarded(() => db.exec(text));
    },
    close: () => guarded(() => db.close()),
  };
}

const LONG = 4096;

/**
 * PGlite measures a string parameter character by character, twice: 20 ms a megabyte. Bytes it passes on as they are,
 * and PostgreSQL takes them as text.
 */
function encoded(params: readonly SqlValue[]): unknown[] {
  return params.map((value) =>
    typeof value === 'string' && value.length > LONG ? Buffer.from(value) : value,
  );
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asSqlError(error, isCrash(error) ? 'connection' : 'driver');
  }
}

/** True when the WASM program died, after which this instance answers nothing any more. */
function isCrash(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'ExitStatus');
}
