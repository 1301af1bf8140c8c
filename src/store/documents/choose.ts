import { CallError } from '../../core/errors.ts';
import type { Searching } from '../../core/documents.ts';
import type { PassageIndex } from './passage-index.ts';
import type { CollectionSize } from './rows.ts';
import type { VectorTable } from './vector-table.ts';

/** How a collection is searched. `fill` is set where its documents are to be indexed. */
export interface Choice extends Searching {
  readonly table: VectorTable | null;
  readonly fill: boolean;
}

export interface Limits {
  /** A collection up to this size is compared whole in the gateway: sooner than the database is asked. */
  readonly exactUpTo: number;
  /** Without the index. 1.5 KB of memory each in every gateway, and all are looked at by each search. */
  readonly mostExact: number;
  readonly mostIndexed: number;
  /** Passages not in the index yet are compared one by one by each search. */
  readonly mostUnindexed: number;
}

export async function choose(
  { passages, unindexed, dimensions: lengths }: CollectionSize,
  index: PassageIndex,
  limits: Limits,
): Promise<Choice> {
  const { exactUpTo, mostExact, mostIndexed, mostUnindexed } = limits;
  const exact = { how: 'exact', passages, table: null, fill: false } as const;
  const [dimensions] = lengths;
  if (passages <= exactUpTo || dimensions === undefined) {
    const why = `all passages are compared in the gateway: an index is made from ${exactUpTo} on, where the database has pgvector`;
    return { ...exact, why, mostPassages: mostExact };
  }
  const table = await index.table(dimensions);
  if ('obstacle' in table) {
    const why = `all passages are compared in the gateway, at most ${mostExact}; an index would hold ${mostIndexed}, but ${table.obstacle}`;
    return { ...exact, why, mostPassages: mostExact };
  }
  if (unindexed > mostUnindexed) {
    const why = `all passages are compared in the gateway until they are indexed: ${passages - unindexed} of ${passages} are`;
    return { ...exact, why, mostPassages: mostIndexed, table, fill: true };
  }
  return {
    how: 'index',
    why: `an HNSW index in the database (pgvector, ${table.type.name})`,
    passages,
    mostPassages: mostIndexed,
    table,
    fill: unindexed > 0,
  };
}

/** @throws CallError `invalid_request` */
export function checkLength(collection: string, dimensions: readonly number[], length: number): void {
  if (dimensions.every((each) => each === length)) return;
  throw new CallError(
    'invalid_request',
    `The vectors of ${collection} have ${dimensions.join(' and ')} dimensions, and this gateway's embedding model makes ${length}: they cannot be compared. ` +
      'Use another collection, or remove its documents and add them again.',
  );
}
