import type { DocumentStore, Found } from '../../core/documents.ts';
import { CallError } from '../../core/errors.ts';
import { isUuid, uuidv7 } from '../../core/ids.ts';
import type { Bus, Clock, Log } from '../../core/ports.ts';
import { vectorToBase64 } from '../../core/vector-base64.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import { SqlError } from '../sql/sql-error.ts';
import type { Sql, StoreKind } from '../sql/sql.ts';
import { checkLength, type Choice, choose, type Limits } from './choose.ts';
import { keepRead } from './kept.ts';
import { createPassageIndex } from './passage-index.ts';
import { nearestOf } from './rank.ts';
import { listDocuments, readPassages, readSize } from './rows.ts';
import { nearPassages, type VectorTable } from './vector-table.ts';

export interface DocumentOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells the other gateways that a collection changed. */
  readonly bus: Bus;
  readonly limits?: Partial<Limits>;
}

export interface OpenDocuments extends DocumentStore {
  /** Says how large collections are searched, and has them indexed where they are not. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

const TOPIC = 'documents';
const MOST_KEPT = 16;
/** One at a time puts a document of that name there. */
const LOCK = 'select pg_advisory_xact_lock(720115115, hashtext($1))';
/** Undefined column, type, function or table: the extension or the table is gone. */
const GONE = new Set(['42703', '42704', '42883', '42P01']);

export function limitsOf(kind: StoreKind): Limits {
  return {
    exactUpTo: 5_000,
    mostExact: 50_000,
    // As far as it was measured.
    mostIndexed: kind === 'embedded' ? 50_000 : 200_000,
    mostUnindexed: 2_000,
  };
}

export function createDocuments({ sql, clock, log, bus, limits: given }: DocumentOptions): OpenDocuments {
  const limits = { ...limitsOf(sql.kind), ...given };
  const passages = keepRead((collection) => reached(readPassages(sql, collection)), MOST_KEPT);
  const sizes = keepRead((collection) => reached(readSize(sql, collection)), 1_000);
  const forget = (collection: string): void => {
    passages.forget(collection);
    sizes.forget(collection);
  };
  const changed = (collection: string): void => {
    forget(collection);
    bus.publish(TOPIC, collection);
  };
  const unsubscribe = bus.subscribe(TOPIC, forget);
  let tablesOpened = 0;
  const opened = (): void => {
    tablesOpened += 1;
    sizes.clear();
  };
  const index = createPassageIndex({ sql, clock, log, opened, filled: changed });

  async function choiceOf(collection: string, passages?: number): Promise<Choice> {
    const before = tablesOpened;
    const size = await sizes.get(collection);
    const choice = await reached(choose({ ...size, passages: passages ?? size.passages }, index, limits));
    // A table that had to be made holds nothing of what was said to be in it.
    if (tablesOpened !== before) return await choiceOf(collection, passages);
    if (choice.fill && choice.table) index.fill(collection, choice.table);
    return choice;
  }

  async function exactly(collection: string, vector: Float32Array, most: number): Promise<readonly Found[]> {
    const all = await passages.get(collection);
    const stray = all.find((passage) => passage.vector.length !== vector.length);
    if (stray) checkLength(collection, [stray.vector.length], vector.length);
    return nearestOf(all, vector, most);
  }

  /** Null when the index turned out to be gone. */
  async function byIndex(
    table: VectorTable,
    collection: string,
    vector: Float32Array,
    most: number,
  ): Promise<readonly Found[] | null> {
    try {
      return nearestOf(await nearPassages(sql, table, { collection, vector, most }), vector, most);
    } catch (error) {
      if (!(error instanceof SqlError && GONE.has(error.code))) throw error;
      log.warn('The index of documents is gone; it is made anew', { collection, error: error.message });
      index.lost(table.dimensions);
      changed(collection);
      return null;
    }
  }

  return {
    async put({ collection, name, characters, passages: added }) {
      const others = await reached(readSize(sql, collection, name));
      const dimensions = added[0]?.vector.length ?? 0;
      if (dimensions > 0) checkLength(collection, others.dimensions, dimensions);
      const { table, fill } = await reached(
        choose(
          {
            passages: others.passages + added.length,
            unindexed: others.unindexed,
            dimensions: dimensions > 0 ? [dimensions] : others.dimensions,
          },
          index,
          limits,
        ),
      );
      const now = clock.now();
      const id = uuidv7(now);
      const rows = added.map(({ order, text, vector }) => ({
        position: order,
        text,
        vector: vectorToBase64(vector),
      }));
      await reached(
        sql.transaction([
          { text: LOCK, params: [`${collection}/${name}`] },
          {
            text: 'delete from illm.documents where collection = $1 and name = $2',
            params: [collection, name],
          },
          {
            text: `insert into illm.documents (id, collection, name, characters, added_at, passages, dimensions)
              values ($1, $2, $3, $4, $5, $6, $7)`,
            params: [id, collection, name, characters, iso(now), added.length, dimensions],
          },
          {
            text: `insert into illm.passages (document_id, position, text, vector)
              select $1::uuid, position, text, vector
              from json_to_recordset($2::text::json) as given (position integer, text text, vector text)`,
            params: [id, JSON.stringify(rows)],
          },
        ]),
      );
      changed(collection);
      if (table) {
        // Who adds waits for it, so that what is not indexed yet does not pile up.
        await index.add(id, table);
        changed(collection);
        if (fill) index.fill(collection, table);
      }
      return { id, collection, name, characters, passages: added.length, addedAt: iso(now) };
    },
    list: (collection) => reached(listDocuments(sql, collection)),
    async remove(id) {
      if (!isUuid(id)) return false;
      const [row] = await reached(
        sql.query<{ readonly collection: string }>(
          'delete from illm.documents where id = $1 returning collection',
          [id],
        ),
      );
      if (row) changed(row.collection);
      return row !== undefined;
    },
    passages: (collection) => reached(readPassages(sql, collection)),
    async nearest(collection, vector, most) {
      checkLength(collection, (await sizes.get(collection)).dimensions, vector.length);
      const { table, how, why, passages: held } = await choiceOf(collection);
      if (how === 'index' && table) {
        const found = await reached(byIndex(table, collection, vector, most));
        if (found) return found;
      }
      if (held > limits.mostExact)
        throw new CallError('not_ready', `${collection} is too large to be searched now (${why}).`);
      return await exactly(collection, vector, most);
    },
    async searching(collection, passages) {
      const { how, why, passages: held, mostPassages } = await choiceOf(collection, passages);
      return { how, why, passages: held, mostPassages };
    },
    async prepare() {
      const large = await sql.query<{ readonly collection: string }>(
        'select collection from illm.documents group by collection having sum(passages) > $1',
        [limits.exactUpTo],
      );
      for (const { collection } of large) {
        const { how, why, passages: held } = await choiceOf(collection);
        log.info('How a collection of documents is searched', { collection, passages: held, how, why });
      }
    },
    async close() {
      unsubscribe();
      await index.close();
    },
  };
}
