import { messageOf } from '../../core/message-of.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { SqlError } from '../sql/sql-error.ts';
import type { Sql } from '../sql/sql.ts';
import { openExtension, type Obstacle } from './extension.ts';
import { indexDocument, openVectorTable, type VectorTable } from './vector-table.ts';

/** The tables of vectors, made when they are first needed, and what fills them. */
export interface PassageIndex {
  /** The table for vectors of that length, or why there is none. @throws SqlError of an outage */
  table(dimensions: number): Promise<VectorTable | Obstacle>;
  /** To be called when the table turned out to be gone: it is looked for anew. */
  lost(dimensions: number): void;
  /** Has one document indexed. A failure is logged: its passages are found all the same, and it is tried again. */
  add(id: string, table: VectorTable): Promise<void>;
  /** Has all documents of the collection indexed, beside everything else. */
  fill(collection: string, table: VectorTable): void;
  close(): Promise<void>;
}

interface Options {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  /** A table was looked for and found or made; what it was said to hold may not be there. */
  readonly opened: () => void;
  /** The index holds the whole collection now. */
  readonly filled: (collection: string) => void;
}

/** An administrator may create the extension at any time. */
const OBSTACLE_MS = 60_000;

export function createPassageIndex({ sql, clock, log, opened, filled }: Options): PassageIndex {
  const tables = new Map<number, Promise<VectorTable | Obstacle>>();
  const filling = new Map<string, Promise<void>>();
  const stopped = new AbortController();

  async function open(dimensions: number): Promise<VectorTable | Obstacle> {
    const type = await openExtension(sql, dimensions);
    if ('obstacle' in type) return type;
    const table = { dimensions, type };
    await openVectorTable(sql, table);
    opened();
    return table;
  }

  async function add(id: string, table: VectorTable): Promise<boolean> {
    try {
      await indexDocument(sql, table, id, stopped.signal);
      return true;
    } catch (error) {
      // Removed or replaced meanwhile.
      if (error instanceof SqlError && error.code === '23503') return true;
      if (!stopped.signal.aborted)
        log.warn('A document could not be indexed; it is searched without, and tried again', {
          documentId: id,
          error: messageOf(error),
        });
      return false;
    }
  }

  async function fillAll(collection: string, table: VectorTable): Promise<void> {
    const startedAt = clock.now();
    const rows = await sql.query<{ readonly id: string }>(
      'select id from illm.documents where collection = $1 and not indexed and dimensions = $2 order by id',
      [collection, table.dimensions],
    );
    for (const { id } of rows) if (stopped.signal.aborted || !(await add(id, table))) return;
    // PGlite does so for nobody.
    if (sql.kind === 'embedded') await sql.exec(`analyze illm.passage_vectors_${table.dimensions}`);
    filled(collection);
    const seconds = Math.round((clock.now() - startedAt) / 1000);
    log.info('A collection of documents is indexed', { collection, documents: rows.length, seconds });
  }

  return {
    async table(dimensions) {
      const known = tables.get(dimensions);
      if (known) return await known;
      const opening = open(dimensions);
      tables.set(dimensions, opening);
      const forget = (): void => {
        if (tables.get(dimensions) === opening) tables.delete(dimensions);
      };
      try {
        const table = await opening;
        if ('obstacle' in table) void clock.sleep(OBSTACLE_MS, stopped.signal).then(forget, forget);
        return table;
      } catch (error) {
        forget();
        throw error;
      }
    },
    lost: (dimensions) => void tables.delete(dimensions),
    async add(id, table) {
      await add(id, table);
    },
    fill(collection, table) {
      if (filling.has(collection) || stopped.signal.aborted) return;
      const work = fillAll(collection, table)
        .catch((error: unknown) => {
          if (!stopped.signal.aborted)
            log.warn('A collection of documents could not be indexed; it is tried again', {
              collection,
              error: messageOf(error),
            });
        })
        .finally(() => filling.delete(collection));
      filling.set(collection, work);
    },
    async close() {
      stopped.abort();
      await Promise.all(filling.values());
    },
  };
}
