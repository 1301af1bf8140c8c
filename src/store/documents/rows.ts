import type { DocumentInfo, Passage } from '../../core/documents.ts';
import { vectorFromBase64 } from '../../core/vector-base64.ts';
import type { Sql } from '../sql/sql.ts';

/** What is known of a collection without reading its passages. */
export interface CollectionSize {
  readonly passages: number;
  /** Of documents that are not in the index, or not whole. */
  readonly unindexed: number;
  /** The lengths of its vectors. One, but for two gateways with different embedders that wrote at the same moment. */
  readonly dimensions: readonly number[];
}

export interface PassageRow extends Omit<Passage, 'vector'> {
  readonly vector: string;
}

export function withVector({ document, order, text, vector }: PassageRow): Passage {
  return { document, order, text, vector: vectorFromBase64(vector) };
}

export async function listDocuments(sql: Sql, collection?: string): Promise<readonly DocumentInfo[]> {
  return await sql.query<DocumentInfo>(
    `select id, collection, name, characters, passages, added_at as "addedAt" from illm.documents
     where $1::text is null or collection = $1 order by collection, name`,
    [collection ?? null],
  );
}

export async function readPassages(sql: Sql, collection: string): Promise<readonly Passage[]> {
  const rows = await sql.query<PassageRow>(
    `select name as document, position as "order", text, vector
     from illm.passages join illm.documents on documents.id = document_id
     where collection = $1 order by name, position`,
    [collection],
  );
  return rows.map(withVector);
}

/** Of all documents, or of all but the one of that name. */
export async function readSize(sql: Sql, collection: string, except?: string): Promise<CollectionSize> {
  const [row] = await sql.query<CollectionSize>(
    `select coalesce(sum(passages), 0) as passages,
       coalesce(sum(passages) filter (where not indexed), 0) as unindexed,
       coalesce(json_agg(distinct dimensions) filter (where dimensions > 0), '[]') as dimensions
     from illm.documents where collection = $1 and name is distinct from $2::text`,
    [collection, except ?? null],
  );
  return row ?? { passages: 0, unindexed: 0, dimensions: [] };
}
