import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../../src/core/json.ts';

/** A request as the fake provider got it. */
export interface Received {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes themselves. */
  readonly body: Buffer;
  json(): JsonObject;
  /** True once the connection closed before the answer was complete. */
  readonly aborted: boolean;
  /** Resolves when the answer is complete or the connection closed. */
  readonly over: Promise<void>;
}

export async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<Received> {
  let aborted = false;
  const over = new Promise<void>((resolve) => {
    response.once('close', () => {
      aborted = !response.writableFinished;
      resolve();
    });
  });
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    ),
    body,
    json: () => JSON.parse(body.toString()) as JsonObject,
    get aborted() {
      return aborted;
    },
    over,
  };
}
