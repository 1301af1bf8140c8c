import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { type App, createApi, createMetrics, type Metrics } from '../../api/index.ts';
import { systemClock } from '../../core/clock.ts';
import type { Counters } from '../../core/counters.ts';
import type { Bus, Log } from '../../core/ports.ts';
import type { Store } from '../../store/index.ts';
import { Secret } from '../../core/secret.ts';
import { createGateway, type Gateway } from '../../gateway/index.ts';
import { createTokenCounter } from '../../text/index.ts';
import type { ConfigSource } from '../config/source.ts';
import { packageVersion } from '../version.ts';
import { askEngines } from '../engine/ask-engines.ts';
import type { LocalAccess } from '../engine/local-engines.ts';
import { describeGateway } from './about.ts';
import { compressAccess } from '../../policy/compress/index.ts';
import { budgetStates } from './admission.ts';
import { batchAccess } from './batch-access.ts';
import { cacheAccess } from './answer-cache.ts';
import { createFrontServer } from './http-server.ts';
import { openLeverServices } from './lever-services.ts';
import { listenOn } from './listen.ts';
import { routeAccess } from './route-access.ts';
import { followConfig } from './live-rooms.ts';
import { keepMachineTime } from './machine-keeper.ts';
import { keyAccess } from './open-store.ts';

export interface NodeOptions {
  readonly config: Pick<ConfigSource, 'current' | 'subscribe' | 'status'>;
  readonly store: Store;
  readonly bus: Bus;
  readonly counters: Counters;
  readonly log: Log;
  /** Lets the command line of this machine in. */
  readonly token: string;
  /** INFINITE_LLM_ADMIN_KEY, if set. */
  readonly adminKey: string | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly workers: number;
  /** How to ask for the engines of this machine; null when there are none. */
  readonly engines: LocalAccess | null;
  readonly demo: boolean;
  /** The metrics of all processes together, when there are several. */
  readonly allMetrics: (() => Promise<string>) | null;
}

/** One process of the gateway: hot path, management API and dashboard behind one server. */
export interface GatewayNode {
  readonly metrics: Metrics;
  /** Resolves with the URL. @throws Failure when the address can not be had */
  listen(): Promise<string>;
  /** Stops listening, lets calls finish for `limits.shutdownMs`, and closes everything but store and bus. */
  close(): Promise<void>;
}

const WEB_ROOT = fileURLToPath(new URL('../../web', import.meta.url));

export async function openNode(options: NodeOptions): Promise<GatewayNode> {
  const {
    config,
    store,
    bus,
    counters,
    log,
    token,
    adminKey,
    startedAt,
    workers,
    engines,
    demo,
    allMetrics,
  } = options;
  const settings = config.current;
  const random = Math.random;
  const rooms = followConfig(config, { bus, clock: systemClock, random, log });
  const tokens = createTokenCounter();
  const levers = openLeverServices({ settings, store, bus, counters, clock: systemClock, log });
  const { host, port } = settings().listen;
  const bound = { host, port };
  let draining = false;

  const gateway: Gateway = createGateway({
    settings,
    upstreams: rooms.upstreams,
    prices: rooms.prices,
    tokens,
    ledger: store.ledger,
    keys: store.keyRing,
    clock: systemClock,
    random,
    log,
    services: levers.services,
    observe: (record) => metrics.observe(record),
  });
  const metrics = createMetrics({
    inFlight: () => gateway.inFlight(),
    journaledRows: () => store.ledger.journaledRows,
    storeHealthy: () => store.healthy,
    budgets: () => levers.services.admission.lately(),
    cacheCounts: () => levers.services.answers?.statistics.own() ?? null,
  });
  const machines = keepMachineTime({
    machines: gateway.machines,
    store: store.machineTime,
    providers: () => settings().providers,
    clock: systemClock,
    log,
  });
  const version = packageVersion();
  const api: App = await createApi({
    // Who must show a key depends on the address that is listened on, not on one that a restart will bring.
    listen: () => ({ ...settings().listen, ...bound }),
    ledger: store.queries,
    keys: keyAccess(store),
    adminKey: adminKey ? new Secret(adminKey) : null,
    localToken: new Secret(token),
    about: async () =>
      describeGateway({
        version,
        demo,
        startedAt,
        store: { healthy: store.healthy, journaledRows: store.ledger.journaledRows },
        config: config.status(),
        settings: settings(),
        health: rooms.upstreams().health(),
        workers,
        keysRequired: store.keyRing.required,
      }),
    machines: () => machines.report(),
    engines: () => askEngines(engines),
    compress: compressAccess(levers.services.compressGuards),
    cache: cacheAccess(levers.services.answers, levers.services.semanticMemory, settings),
    library: levers.services.library,
    examples: levers.services.examples,
    routing: routeAccess({
      routing: levers.services.routing,
      settings,
      prices: rooms.prices,
      upstreams: rooms.upstreams,
      now: () => systemClock.now(),
    }),
    batches: batchAccess(store, settings, systemClock),
    budgets: () => budgetStates(levers.services.admission, store, settings(), systemClock.now()),
    metrics: { contentType: metrics.contentType, text: allMetrics ?? (() => metrics.text()) },
    unready: () => unready(store, draining),
    webRoot: WEB_ROOT,
    version,
    now: () => systemClock.now(),
    log,
  });
  const server = createFrontServer({ gateway, api, requestMs: settings().limits.requestMs });

  return {
    metrics,
    listen: async () => await listenOn(server, bound),
    close: async () => {
      draining = true;
      const closed = closeListener(server);
      await gateway.drain(settings().limits.shutdownMs);
      await api.close();
      server.closeAllConnections();
      await closed;
      await Promise.all([rooms.close(), tokens.close(), machines.close(), levers.close()]);
    },
  };
}

function unready(store: Store, draining: boolean): string[] {
  const refusal = store.ledger.refusal();
  return [
    ...(draining ? ['shutting down'] : []),
    ...(store.keyRing.ready ? [] : ['the virtual keys have not been read from the store yet']),
    ...(refusal === null ? [] : [refusal]),
  ];
}

/** Resolves when the last connection is gone; idle ones go at once. */
async function closeListener(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  const timer = setInterval(() => server.closeIdleConnections(), 250);
  await closed.finally(() => clearInterval(timer));
}
