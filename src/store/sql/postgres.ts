import pg from 'pg';
import type { Log } from '../../core/ports.ts';
import { asSqlError } from './sql-error.ts';
import type { Sql, SqlValue, Statement } from './sql.ts';
import { PARSERS } from './values.ts';

const CONNECTIONS = 10;
const CONNECT_MS = 5_000;
/** A server that went away without a word must not hold a caller for ever. */
const QUERY_MS = 60_000;

/** A PostgreSQL server. Connects at the first statement, and again after every loss. */
export function openPostgres(url: string, log: Log): Sql {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    keepAlive: true,
    application_name: 'infinite-llm',
    types: {
      getTypeParser: (id, format) =>
        (format !== 'binary' && PARSERS[id]) || pg.types.getTypeParser(id, format),
    },
  });
  pool.on('error', (error) => log.warn('A connection to PostgreSQL was lost', { error: error.message }));

  async function transaction(statements: readonly Statement[]): Promise<object[][]> {
    const client = await pool.connect();
    let broken = false;
    const onError = (): void => {
      broken = true;
    };
    client.on('error', onError);
    try {
      await client.query('begin');
      const results: object[][] = [];
      for (const { text, params } of statements) {
        const answer = await (params ? client.query<object>(text, [...params]) : client.query<object>(text));
        results.push((Array.isArray(answer) ? answer.at(-1)?.rows : answer.rows) ?? []);
      }
      await client.query('commit');
      return results;
    } catch (error) {
      await client.query('rollback').catch(onError);
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  return {
    kind: 'postgres',
    async query<Row extends object>(text: string, params: readonly SqlValue[] = []): Promise<Row[]> {
      return guarded(async () => (await pool.query<Row & pg.QueryResultRow>(text, [...params])).rows);
    },
    transaction: (statements) => guarded(() => transaction(statements)),
    async exec(text) {
      await guarded(() => pool.query(text));
    },
    close: () => guarded(() => pool.end()),
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asSqlError(error, 'connection');
  }
}
