import type { Passage } from '../../core/documents.ts';
import { vectorFromBase64 } from '../../core/vector-base64.ts';
import type { Sql, Statement } from '../sql/sql.ts';
import { SCHEMA_LOCK, type VectorType } from './extension.ts';
import { type PassageRow, withVector } from './rows.ts';

/** The vectors of one length, with an HNSW index (arXiv 1603.09320). */
export interface VectorTable {
  readonly dimensions: number;
  /** With the types of the schema that pgvector is in. */
  readonly type: VectorType;
}

/** Fewer than this are in the index's candidate list at no search; more find more, and take longer. */
const SEARCHED_AT_LEAST = 100;
const MOST_SEARCHED = 1_000;
/** Candidates besides those that are asked for: 16-bit distances order near ones wrongly now and then. */
const SPARE = 8;
/** In one statement. PGlite answers nothing else meanwhile: 8 ms a passage. */
const CHUNK = { embedded: 16, postgres: 200 } as const;

/** Makes the table unless it is there. Whoever finds it gone, or without its vectors, has all documents indexed again. */
export async function openVectorTable(sql: Sql, table: VectorTable): Promise<void> {
  const name = nameOf(table);
  const { schema, name: type } = table.type;
  await sql.transaction([
    { text: SCHEMA_LOCK },
    {
      text: `do $$ begin
        if not exists (select from pg_attribute
          where attrelid = to_regclass('${name}') and attname = 'embedding' and not attisdropped) then
          drop table if exists ${name};
          create table ${name} (
            document_id uuid not null,
            position integer not null,
            collection text not null,
            embedding ${schema}.${type}(${table.dimensions}) not null,
            primary key (document_id, position),
            foreign key (document_id, position) references illm.passages on delete cascade
          );
          create index on ${name} (collection);
          create index on ${name} using hnsw (embedding ${schema}.${type}_cosine_ops);
          update illm.documents set indexed = false where indexed and dimensions = ${table.dimensions};
        end if;
      end $$`,
    },
  ]);
}

/** All there are, with those of other embedding models. */
export async function vectorTables(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ readonly name: string }>(
    `select tablename as name from pg_tables where schemaname = 'illm' and tablename like 'passage\\_vectors\\_%'`,
  );
  return rows.map(({ name }) => `illm.${name}`);
}

/** Puts the document's vectors in the table. Any number may do it at once, and any part of it may be done before. */
export async function indexDocument(
  sql: Sql,
  table: VectorTable,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const chunk = CHUNK[sql.kind];
  for (let from = 0; !signal.aborted; from += chunk) {
    const rows = await sql.query<{ readonly position: number; readonly vector: string }>(
      `select position, vector from illm.passages where document_id = $1 and position >= $2 and position < $3`,
      [id, from, from + chunk],
    );
    if (rows.length === 0) break;
    const given = rows.map(({ position, vector }) => ({
      position,
      embedding: asVectorText(vectorFromBase64(vector)),
    }));
    await sql.query(
      `insert into ${nameOf(table)} (document_id, position, collection, embedding)
       select documents.id, given.position, collection, given.embedding::${typeOf(table)}
       from illm.documents, json_to_recordset($2::text::json) as given (position integer, embedding text)
       where documents.id = $1::uuid on conflict do nothing`,
      [id, JSON.stringify(given)],
    );
  }
  await sql.query(
    `update illm.documents set indexed = true where id = $1 and not indexed
       and passages = (select count(*) from ${nameOf(table)} where document_id = documents.id)`,
    [id],
  );
}

interface CandidateRow extends PassageRow {
  readonly indexed: boolean;
}

interface Nearness {
  readonly collection: string;
  readonly vector: Float32Array;
  readonly most: number;
}

/** Passages of the collection, those that are nearest to the vector among them, and all that are not indexed yet. */
export async function nearPassages(
  sql: Sql,
  table: VectorTable,
  nearness: Nearness,
): Promise<readonly Passage[]> {
  const rows = await candidates(sql, table, nearness, false);
  const fromTable = rows.filter(({ indexed }) => indexed).length;
  // The index's scan ends at some time: too early, where other collections lie nearer to the vector.
  const enough = fromTable >= nearness.most ? rows : await candidates(sql, table, nearness, true);
  return enough.map(withVector);
}

/** From the table, by its index or by comparing `every` vector. One statement, so that all are of one moment. */
async function candidates(
  sql: Sql,
  table: VectorTable,
  { collection, vector, most }: Nearness,
  every: boolean,
): Promise<readonly CandidateRow[]> {
  const name = nameOf(table);
  const own = `select document_id, position, embedding from ${name} where collection = $1`;
  const nearest = `order by embedding operator(${table.type.schema}.<=>) $2::${typeOf(table)} limit $3`;
  const near = every
    ? `own as materialized (${own}), near as (select document_id, position from own ${nearest})`
    : `near as materialized (select document_id, position from ${name} where collection = $1 ${nearest})`;
  const search: Statement = {
    text: `with ${near}
      select name as document, position as "order", text, vector, indexed
      from near join illm.passages using (document_id, position) join illm.documents on documents.id = document_id
      where indexed
      union all
      select name, position, text, vector, indexed
      from illm.documents, lateral (select * from illm.passages where document_id = documents.id offset 0) as rest
      where collection = $1 and not indexed`,
    params: [collection, asVectorText(vector), most + SPARE],
  };
  const searched = Math.min(MOST_SEARCHED, Math.max(SEARCHED_AT_LEAST, most + SPARE));
  const settings: Statement = {
    text: `select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'relaxed_order', true)`,
    params: [String(searched)],
  };
  const [, rows = []] = await sql.transaction([settings, search]);
  return rows as CandidateRow[];
}

function nameOf({ dimensions }: VectorTable): string {
  return `illm.passage_vectors_${dimensions}`;
}

function typeOf({ dimensions, type }: VectorTable): string {
  return `${type.schema}.${type.name}(${dimensions})`;
}

/** As pgvector reads it. */
function asVectorText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}
