import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answer, endpointsOf, PROVIDER_APIS } from './api.ts';
import type { ProviderApi } from './api.ts';
import { batchEndpoints, createSimulatedBatches } from './batches/index.ts';
import type { Endpoint, SimulatedAnswer, SimulatedRequest, SimulatedWorld } from './wire.ts';
import { createWorld } from './world.ts';

export interface SimulatedProviderOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly world?: SimulatedWorld;
  /** What each provider lists as its models. */
  readonly models?: Readonly<Partial<Record<ProviderApi, readonly string[]>>>;
  /** How long batches take at least, in milliseconds; left out: there are none. */
  readonly batchMs?: number;
  /** Milliseconds before the answer and between its chunks. */
  readonly pace?: () => { readonly firstMs: number; readonly chunkMs: number };
  /** Answers in place of the API now and then, as an overloaded provider does; null: not this time. */
  readonly mishap?: () => SimulatedAnswer | null;
}

export interface SimulatedProvider {
  readonly port: number;
  /** Where one provider's API begins: `http://127.0.0.1:1234/openai`. */
  origin(api: ProviderApi): string;
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 32 * 2 ** 20;

/** All the simulated providers on one loopback port, each below a path with its name. */
export async function startSimulatedProvider(
  options: SimulatedProviderOptions = {},
): Promise<SimulatedProvider> {
  const world = options.world ?? createWorld();
  const served = new Map<string, readonly Endpoint[]>(
    PROVIDER_APIS.map((api) => {
      const single = endpointsOf(api, options.models?.[api] ?? []);
      const { batchMs } = options;
      const batches =
        batchMs === undefined ? [] : batchEndpoints(api, createSimulatedBatches(batchMs), single);
      return [api, [...batches, ...single]];
    }),
  );
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const [, api = '', rest = ''] = /^\/([^/]+)(\/.*)$/.exec(request.path) ?? [];
    // What is only looked up is never too much.
    const mishap = request.method === 'POST' ? options.mishap?.() : null;
    const found = mishap ?? answer(served.get(api) ?? [], { ...request, path: rest }, world);
    await write(found, response, options.pace?.() ?? { firstMs: 0, chunkMs: 0 });
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: (api) => `http://127.0.0.1:${port}/${api}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Reads a whole request. @throws Error past 32 MiB, or when the client leaves in the middle of it */
export async function readRequest(incoming: IncomingMessage): Promise<SimulatedRequest> {
  const url = new URL(incoming.url ?? '/', 'http://provider');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BODY_BYTES) throw new Error('the simulated provider takes at most 32 MiB');
    chunks.push(chunk);
  }
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}

async function write(
  { status, headers, chunks }: SimulatedAnswer,
  response: ServerResponse,
  { firstMs, chunkMs }: { readonly firstMs: number; readonly chunkMs: number },
): Promise<void> {
  if (firstMs > 0) await delay(firstMs);
  response.writeHead(status, headers);
  for (const chunk of chunks) {
    if (response.destroyed) return;
    if (chunkMs > 0) await delay(chunkMs);
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
