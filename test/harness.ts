import { type AdmissionSettings, NO_ADMISSION } from '../src/core/admission.ts';
import { type BatchSettings, USUAL_BATCH } from '../src/core/batch.ts';
import { NO_LEVERS, type Plan } from '../src/core/plan.ts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../src/core/clock.ts';
import type { VirtualKey } from '../src/core/key.ts';
import type { LedgerSink } from '../src/core/ports.ts';
import type { CallRecord } from '../src/core/record.ts';
import { Secret } from '../src/core/secret.ts';
import type { ModelAlias, ProviderSettings, Settings } from '../src/core/settings.ts';
import { createGateway, type Gateway, type LeverServices, NO_SERVICES } from '../src/gateway/index.ts';
import { createPriceBook } from '../src/pricing/index.ts';
import { localBus } from '../src/shared/index.ts';
import { createTokenCounter } from '../src/text/index.ts';
import { createUpstreams } from '../src/upstream/index.ts';
import type { FakeProvider } from './fakes/index.ts';

export interface Harness {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly gateway: Gateway;
  /** Rows in the order in which they were written. */
  readonly rows: readonly CallRecord[];
  /** Everything that was logged, as one text. */
  readonly logged: () => string;
  /** Resolves with the row once there are `count` of them. */
  row(count?: number): Promise<CallRecord>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly providers: Readonly<Record<string, FakeProvider | Partial<ProviderSettings>>>;
  readonly models?: Readonly<Record<string, readonly string[]>>;
  readonly limits?: Partial<Settings['limits']>;
  readonly retry?: Partial<Settings['retry']>;
  readonly prices?: Settings['prices'];
  readonly keys?: Readonly<Record<string, VirtualKey>>;
  readonly ledger?: Partial<LedgerSink>;
  readonly bodies?: boolean;
  /** The levers of every call. */
  readonly levers?: Partial<Plan>;
  readonly services?: Partial<LeverServices>;
  readonly admission?: Partial<AdmissionSettings>;
  readonly batch?: Partial<BatchSettings>;
}

/** The key that the gateway shows to every fake provider. */
export const PROVIDER_KEY = 'sk-provider-0123456789abcdef';

/** A whole gateway in this process, but for its store: real sockets, real upstreams, rows in memory. */
export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const rows: CallRecord[] = [];
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const settings = settingsOf(options);
  const note = (message: string, fields?: unknown): void => {
    const shown = JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error ? `${value.stack}` : value,
    );
    log.push(`${message} ${shown}`);
  };
  const logger = { info: note, warn: note, error: note };
  const bus = localBus();
  const upstreams = createUpstreams({
    providers: settings.providers,
    limits: settings.limits,
    bus,
    clock: systemClock,
    random: Math.random,
    log: logger,
  });
  const tokens = createTokenCounter();
  const prices = createPriceBook(settings.prices);
  const keys = options.keys ?? {};
  const gateway = createGateway({
    settings: () => settings,
    upstreams: () => upstreams,
    tokens,
    clock: systemClock,
    random: Math.random,
    prices: () => prices,
    ledger: {
      append: (record) => {
        rows.push(record);
        for (const wake of waiting) wake();
      },
      refusal: () => null,
      ...options.ledger,
    },
    keys: { ready: true, required: Object.keys(keys).length > 0, find: (secret) => keys[secret] ?? null },
    log: logger,
    services: { ...NO_SERVICES, ...options.services },
    observe: () => undefined,
  });
  const server = createServer((req, res) => gateway.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    gateway,
    rows,
    logged: () => log.join('\n'),
    row: async (count = 1) => {
      while (rows.length < count)
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
        });
      return rows[count - 1]!;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await upstreams.close();
      await tokens.close();
      await bus.close();
    },
  };
}

function settingsOf(options: HarnessOptions): Settings {
  const plan: Plan = { ...NO_LEVERS, ...options.levers };
  const providers = Object.entries(options.providers).map(
    ([name, given]) => [name, providerOf(name, given)] as const,
  );
  const models = Object.entries(options.models ?? {}).map(
    ([name, targets]) => [name, aliasOf(name, targets, plan)] as const,
  );
  return {
    listen: { host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [] },
    store: {
      url: 'memory',
      dataDir: 'memory',
      bodies: options.bodies ?? false,
      redact: [],
      retentionDays: null,
    },
    sharedUrl: null,
    providers: Object.fromEntries(providers),
    models: Object.fromEntries(models),
    engine: {
      enabled: false,
      models: null,
      kvMemoryBytes: 0,
      kvType: 'bf16',
      arithmetic: 'auto',
      advertise: null,
      contexts: null,
      threads: null,
      maxSequences: null,
      maxStepTokens: null,
      listen: null,
      join: [],
      tls: null,
      machine: null,
    },
    prices: options.prices ?? { rules: [] },
    limits: {
      bodyBytes: 20_000_000,
      answerBytes: 20_000_000,
      drainMs: 200,
      connectMs: 1000,
      firstByteMs: 2000,
      idleMs: 1000,
      requestMs: 5000,
      shutdownMs: 1000,
      ...options.limits,
    },
    retry: { attempts: 3, baseMs: 5, maxMs: 2000, ...options.retry },
    plan,
    admission: { ...NO_ADMISSION, ...options.admission },
    batch: { ...USUAL_BATCH, ...options.batch },
  };
}

function providerOf(name: string, given: FakeProvider | Partial<ProviderSettings>): ProviderSettings {
  const base = 'api' in given ? { kind: given.api, baseUrl: given.baseUrl } : given;
  return {
    name,
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:1',
    keys: [new Secret(PROVIDER_KEY)],
    dialects: null,
    headers: {},
    models: [],
    gpu: null,
    ...base,
  };
}

function aliasOf(name: string, targets: readonly string[], plan: Plan): ModelAlias {
  return {
    name,
    strategy: 'in-order',
    plan,
    targets: targets.map((target) => {
      const slash = target.indexOf('/');
      return { provider: target.slice(0, slash), model: target.slice(slash + 1) };
    }),
  };
}
