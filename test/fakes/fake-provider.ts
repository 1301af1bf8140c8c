import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, endpointsOf } from '../../src/demo/provider/api.ts';
import type { ProviderApi } from '../../src/demo/provider/api.ts';
import type { Ask } from '../../src/demo/provider/ask.ts';
import type { Scenario } from '../../src/demo/provider/scenario.ts';
import {
  batchEndpoints,
  createSimulatedBatches,
  type SimulatedBatches,
} from '../../src/demo/provider/batches/index.ts';
import { createWorld } from '../../src/demo/provider/world.ts';
import type { Fault } from './fault.ts';
import { inject } from './inject.ts';
import { receive } from './received.ts';
import type { Received } from './received.ts';

export type Script = (ask: Ask) => Scenario | null;

export interface FakeProviderOptions {
  readonly api: ProviderApi;
  /** Decides answers; null leaves one to the default scenario. */
  readonly script?: Script;
  /** Keys that are valid; every key that does not begin with `wrong` when not given. */
  readonly keys?: readonly string[];
  readonly models?: readonly string[];
}

/** A provider on a loopback port that speaks its real wire format, remembers what it got, and fails on demand. */
export interface FakeProvider {
  readonly api: ProviderApi;
  /** `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** What a configuration gives as this provider's base URL. */
  readonly baseUrl: string;
  /** Whole requests in the order of their arrival. */
  readonly requests: readonly Received[];
  /** Batches that it was given; synthetic, after the published formats. */
  readonly batches: SimulatedBatches;
  /** Spoils the answers to the next requests, in this order; `null` leaves one as it is. */
  failNext(...faults: readonly (Fault | null)[]): void;
  /** Replaces the script. */
  script(script: Script | null): void;
  /** Forgets requests, faults and script. */
  reset(): void;
  close(): Promise<void>;
}

export async function startFakeProvider(options: FakeProviderOptions): Promise<FakeProvider> {
  const { api } = options;
  let script: Script | null = options.script ?? null;
  let faults: (Fault | null)[] = [];
  let requests: Received[] = [];
  const world = createWorld({
    script: (ask) => script?.(ask) ?? null,
    ...(options.keys && { keys: options.keys }),
  });
  const single = endpointsOf(api, options.models ?? []);
  const batches = createSimulatedBatches();
  const endpoints = [...batchEndpoints(api, batches, single), ...single];

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(incoming, response);
    requests.push(request);
    const url = new URL(request.url, 'http://provider');
    const { method, headers, body } = request;
    const fault = faults.shift() ?? undefined;
    const found = answer(
      endpoints,
      { method, path: url.pathname, query: url.searchParams, headers, body },
      world,
    );
    await inject(found, fault, api, { response, gone: request.over });
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const versioned = api === 'openai' || api === 'openai-compatible';
  return {
    api,
    origin,
    baseUrl: versioned ? `${origin}/v1` : origin,
    get requests() {
      return requests;
    },
    batches,
    failNext: (...more) => {
      faults.push(...more);
    },
    script: (replacement) => {
      script = replacement;
    },
    reset: () => {
      requests = [];
      batches.reset();
      faults = [];
      script = options.script ?? null;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
