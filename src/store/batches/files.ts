import type { BatchStore } from '../../core/batch.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';
import { FILE, fileOf, type FileRow } from './rows.ts';

type Files = Pick<BatchStore, 'addFile' | 'storedBytes' | 'file' | 'files' | 'content' | 'removeFile'>;

const PIECE_LENGTH = 512 * 1024;
const LINES_AT_ONCE = 200;

/** Uploaded files in pieces of their own; output files are the results of their batch. */
export function createFiles(sql: Sql): Files {
  return {
    async addFile({ id, tenant, filename, bytes, createdAt, expiresAt }, text) {
      const pieces = piecesOf(text).map((piece, position) => ({
        text: 'insert into illm.file_pieces (file_id, position, text) values ($1, $2, $3)',
        params: [id, position, piece],
      }));
      await reached(
        sql.transaction([
          {
            text: `insert into illm.files (id, tenant, filename, purpose, bytes, created_at, expires_at)
              values ($1, $2, $3, 'batch', $4, $5, $6)`,
            params: [id, tenant, filename, bytes, iso(createdAt), iso(expiresAt)],
          },
          ...pieces,
        ]),
      );
    },
    async storedBytes(tenant) {
      const rows = await reached(
        sql.query<{ bytes: number }>(
          'select coalesce(sum(bytes), 0)::bigint as bytes from illm.files where tenant = $1',
          [tenant],
        ),
      );
      return rows[0]?.bytes ?? 0;
    },
    async file(tenant, id) {
      const rows = await reached(
        sql.query<FileRow>(`select ${FILE} from illm.files where tenant = $1 and id = $2`, [tenant, id]),
      );
      const [row] = rows;
      return row ? fileOf(row) : null;
    },
    async files(tenant, { limit, after, order, purpose }) {
      const [beyond, direction] = order === 'asc' ? ['>', 'asc'] : ['<', 'desc'];
      const rows = await reached(
        sql.query<FileRow>(
          `select ${FILE} from illm.files
           where tenant = $1 and ($2::text is null or id ${beyond} $2) and ($3::text is null or purpose = $3)
           order by id ${direction} limit $4`,
          [tenant, after, purpose, limit],
        ),
      );
      return rows.map(fileOf);
    },
    content: ({ id, purpose }) => (purpose === 'batch' ? uploaded(sql, id) : resultsOf(sql, id)),
    async removeFile(tenant, id) {
      const answers = await reached(
        sql.transaction([
          {
            text: `update illm.batch_items set result = null from illm.files
              where files.tenant = $1 and files.id = $2 and batch_items.batch_id = files.batch_id
                and batch_items.ok = not files.of_errors`,
            params: [tenant, id],
          },
          {
            text: 'delete from illm.files where tenant = $1 and id = $2 returning id',
            params: [tenant, id],
          },
        ]),
      );
      return (answers[1]?.length ?? 0) > 0;
    },
  };
}

async function* uploaded(sql: Sql, id: string): AsyncGenerator<string> {
  for (let position = 0; ; position += 1) {
    const [piece] = await reached(
      sql.query<{ text: string }>('select text from illm.file_pieces where file_id = $1 and position = $2', [
        id,
        position,
      ]),
    );
    if (!piece) return;
    yield piece.text;
  }
}

async function* resultsOf(sql: Sql, id: string): AsyncGenerator<string> {
  for (let line = 0; ; ) {
    const rows = await reached(
      sql.query<{ line: number; result: string }>(
        `select line, result from illm.files join illm.batch_items using (batch_id)
         where files.id = $1 and ok = not of_errors and line > $2 and result is not null order by line limit $3`,
        [id, line, LINES_AT_ONCE],
      ),
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ result }) => `${result}\n`).join('');
    line = last.line;
  }
}

/** No piece ends within a character. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + PIECE_LENGTH, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
