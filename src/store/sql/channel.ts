import type { Channel } from '../../core/channel.ts';
import { asSqlError, SqlError } from './sql-error.ts';
import type { Sql, SqlValue, Statement, StoreKind } from './sql.ts';

type Request =
  | { readonly id: number; readonly op: 'query'; readonly text: string; readonly params: readonly SqlValue[] }
  | { readonly id: number; readonly op: 'transaction'; readonly statements: readonly Statement[] }
  | { readonly id: number; readonly op: 'exec'; readonly text: string }
  | { readonly id: number; readonly op: 'close' };

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Reply {
  readonly id: number;
  readonly rows?: object[][];
  readonly error?: { readonly code: string; readonly message: string };
}

interface Waiting {
  resolve(rows: object[][]): void;
  reject(error: SqlError): void;
}

/** A database at the other end of a channel, where `serveSql` runs. */
export function channelSql(channel: Channel, kind: StoreKind): Sql {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let gone: SqlError | null = null;

  const stopReceiving = channel.receive((message) => {
    const reply = message as Reply;
    const waiter = waiting.get(reply.id);
    if (!waiter) return;
    waiting.delete(reply.id);
    if (reply.error) waiter.reject(new SqlError(reply.error.code, reply.error.message));
    else waiter.resolve(reply.rows ?? []);
  });
  const stopWatching = channel.onClose(() => shut('the process or thread that runs the store is gone'));

  function shut(why: string): void {
    gone = new SqlError('connection', why);
    stopReceiving();
    stopWatching();
    for (const waiter of waiting.values()) waiter.reject(gone);
    waiting.clear();
  }

  function ask(request: WithoutId<Request>): Promise<object[][]> {
    if (gone) return Promise.reject(gone);
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      channel.send({ ...request, id });
    });
  }

  return {
    kind,
    async query<Row extends object>(text: string, params: readonly SqlValue[] = []): Promise<Row[]> {
      const [rows = []] = await ask({ op: 'query', text, params });
      return rows as Row[];
    },
    transaction: (statements) => ask({ op: 'transaction', statements }),
    async exec(text) {
      await ask({ op: 'exec', text });
    },
    async close() {
      if (gone) return;
      await ask({ op: 'close' });
      shut('the store is closed');
    },
  };
}

/**
 * Answers the requests of a `channelSql`. Its `close` calls `onClose`, so that the owner decides what that means.
 * Returns the way to stop.
 */
export function serveSql(sql: Sql, channel: Channel, onClose: () => Promise<void>): () => void {
  async function run(request: Request): Promise<object[][]> {
    switch (request.op) {
      case 'query':
        return [await sql.query(request.text, request.params)];
      case 'transaction':
        return sql.transaction(request.statements);
      case 'exec':
        await sql.exec(request.text);
        return [];
      case 'close':
        await onClose();
        return [];
    }
  }

  return channel.receive((message) => {
    const request = message as Request;
    run(request).then(
      (rows) => channel.send({ id: request.id, rows } satisfies Reply),
      (error: unknown) => {
        const { code, message: text } = asSqlError(error, 'driver');
        channel.send({ id: request.id, error: { code, message: text } } satisfies Reply);
      },
    );
  });
}
