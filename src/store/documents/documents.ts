import type { DocumentInfo, DocumentStore, Passage } from '../../core/documents.ts';
import { uuidv7 } from '../../core/ids.ts';
import type { Clock } from '../../core/ports.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const LIST = `select documents.id, collection, name, characters, added_at as "addedAt",
    (select count(*) from illm.passages where document_id = documents.id) as passages
  from illm.documents`;

export function createDocuments(sql: Sql, clock: Clock): DocumentStore {
  return {
    async put({ collection, name, characters, passages }) {
      const now = clock.now();
      const id = uuidv7(now);
      const rows = passages.map(({ order, text, vector }) => ({
        position: order,
        text,
        vector: encode(vector),
      }));
      await reached(
        sql.transaction([
          {
            text: 'delete from illm.documents where collection = $1 and name = $2',
            params: [collection, name],
          },
          {
            text: `insert into illm.documents (id, collection, name, characters, added_at) values ($1, $2, $3, $4, $5)`,
            params: [id, collection, name, characters, iso(now)],
          },
          {
            text: `insert into illm.passages (document_id, position, text, vector)
              select $1::uuid, position, text, vector
              from json_to_recordset($2::text::json) as given (position integer, text text, vector text)`,
            params: [id, JSON.stringify(rows)],
          },
        ]),
      );
      return { id, collection, name, characters, passages: passages.length, addedAt: iso(now) };
    },
    async list(collection) {
      const filter = collection === undefined ? '' : 'where collection = $1';
      const params = collection === undefined ? [] : [collection];
      return await reached(sql.query<DocumentInfo>(`${LIST} ${filter} order by collection, name`, params));
    },
    async remove(id) {
      if (!UUID.test(id)) return false;
      const rows = await reached(sql.query('delete from illm.documents where id = $1 returning id', [id]));
      return rows.length > 0;
    },
    async passages(collection) {
      const rows = await reached(
        sql.query<Omit<Passage, 'vector'> & { readonly vector: string }>(
          `select name as document, position as "order", text, vector
           from illm.passages join illm.documents on documents.id = document_id
           where collection = $1 order by name, position`,
          [collection],
        ),
      );
      return rows.map((row) => ({ ...row, vector: decode(row.vector) }));
    },
  };
}

function encode(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, at) => bytes.writeFloatLE(value, at * 4));
  return bytes.toString('base64');
}

function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
}
