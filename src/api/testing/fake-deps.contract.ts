import type { VirtualKey } from '../../core/key.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { cacheReport, NO_COUNTS } from '../../policy/cache/index.ts';
import type { Queries } from '../../store/index.ts';
import type { ApiDeps, KeyAccess } from '../ports.ts';
import type { About } from '../schemas/about.ts';
import { CALL_ID, callRecord, listedCall } from './record.contract.ts';

export const NOW = Date.parse('2026-11-24T12:00:00.000Z');

/** A ledger that holds one call and remembers what it was asked. */
export function fakeLedger(): Queries & { readonly asked: Record<string, unknown>[] } {
  const asked: Record<string, unknown>[] = [];
  const sums = {
    calls: 1,
    errors: 0,
    aborted: 0,
    unpricedCalls: 0,
    estimatedCalls: 0,
    usage: NO_USAGE,
    costUsd: '0.000027',
  };
  const percentiles = { p50: 1, p90: 2, p95: 3, p99: 4 };
  const latency = {
    calls: 1,
    errors: 0,
    errorRate: 0,
    ttftMs: percentiles,
    totalMs: percentiles,
    overheadMs: { p50: 1, p99: 2 },
  };
  return {
    asked,
    calls: async (filter, page) => {
      asked.push({ filter, page });
      return { calls: [listedCall()], nextCursor: page.cursor === null ? 'next' : null };
    },
    call: async (id) => (id === CALL_ID ? callRecord() : null),
    spend: async (query) => {
      asked.push({ ...query });
      const { from, to } = query.filter;
      return {
        from,
        to,
        groupBy: [...query.groupBy],
        rows: [{ group: { model: 'gpt-4o-mini' }, ...sums }],
        total: sums,
      };
    },
    latency: async (query) => {
      asked.push({ ...query });
      const { from, to } = query.filter;
      return {
        from,
        to,
        groupBy: [...query.groupBy],
        rows: [{ group: { model: null }, ...latency }],
        total: latency,
      };
    },
    savings: async (query) => {
      asked.push({ ...query });
      const { from, to } = query.filter;
      const saved = { calls: 1, savedUsd: '-0.000003' };
      return {
        from,
        to,
        groupBy: [...query.groupBy],
        rows: [{ group: { lever: 'cache' }, ...saved }],
        total: { ...saved, spentUsd: '0.000027', withoutUsd: '0.000024' },
      };
    },
    errors: async (filter) => {
      asked.push({ filter });
      const lastAt = '2026-11-24T10:00:00.000Z';
      return [
        {
          errorCode: 'rate_limited',
          httpStatus: 429,
          provider: 'openai',
          calls: 2,
          lastAt,
          lastMessage: null,
          lastCallId: CALL_ID,
        },
      ];
    },
    dimensions: async (from) => {
      asked.push({ from });
      const none = {
        provider: [],
        model: [],
        requestedModel: [],
        team: [],
        user: [],
        key: [],
        dialect: [],
        operation: [],
        errorCode: [],
      };
      return { ...none, tag: { feature: ['answers'] } };
    },
    tail: async (mark) => ({ mark: mark ?? '0', calls: [] }),
  };
}

/** Keys in memory; a key's secret is `sk-illm-` and its name. */
export function fakeKeys(...keys: VirtualKey[]): KeyAccess {
  const all = new Map(keys.map((key) => [key.id, key]));
  const active = (): VirtualKey[] => [...all.values()].filter(({ revokedAt }) => revokedAt === null);
  return {
    adminRequired: () => active().some(({ scope }) => scope === 'admin'),
    find: (secret) => active().find(({ name }) => secret === `sk-illm-${name}`) ?? null,
    list: async () =>
      [...all.values()].map((key) => ({
        ...key,
        tags: { ...key.tags },
        lastUsedAt: null,
        spentUsd30d: '1.000000',
      })),
    create: async ({ name, scope = 'call', team = null, user = null, tags = {}, ...rest }) => {
      const created = virtualKey({
        name,
        scope,
        team,
        user,
        tags,
        expiresAt: rest.expiresAt ?? null,
        limits: rest.limits ?? null,
        prefix: 'sk-illm-3fK2',
        id: `01938c6e-2222-7000-8000-00000000000${all.size}`,
      });
      all.set(created.id, created);
      return { key: created, secret: `sk-illm-${created.name}` };
    },
    revoke: async (id) => {
      const key = all.get(id);
      if (!key) return null;
      const revoked = { ...key, revokedAt: new Date(NOW).toISOString() };
      all.set(id, revoked);
      return revoked;
    },
  };
}

export function virtualKey(change: Partial<VirtualKey>): VirtualKey {
  return {
    id: '01938c6e-2222-7000-8000-000000000009',
    name: 'ci',
    prefix: 'sk-illm-ci',
    scope: 'call',
    team: null,
    user: null,
    tags: {},
    createdAt: '2026-11-01T00:00:00.000Z',
    revokedAt: null,
    expiresAt: null,
    ...change,
  };
}

export const ABOUT: About = {
  name: 'infinite-llm',
  version: '1.2.3',
  demo: false,
  auth: { required: false },
  startedAt: '2026-11-24T09:00:00.000Z',
  store: { kind: 'embedded', healthy: true, journaledRows: 0, bodies: false },
  config: { file: null, error: null, loadedAt: '2026-11-24T09:00:00.000Z' },
  providers: [
    {
      name: 'openai',
      kind: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      dialects: ['openai-chat'],
      keys: [{ fingerprint: '00c0ffee', state: 'ready', until: null }],
      targets: [{ model: 'gpt-4o-mini', breaker: 'closed' }],
      gpu: null,
    },
  ],
  models: [],
  workers: 1,
  passthroughCredential: true,
};

export function fakeDeps(change: Partial<ApiDeps> = {}): ApiDeps {
  return {
    listen: () => ({ host: '127.0.0.1', port: 8787, allowedHosts: ['gateway.test'], allowedOrigins: [] }),
    ledger: fakeLedger(),
    keys: fakeKeys(),
    adminKey: null,
    localToken: null,
    about: async () => ABOUT,
    machines: async () => [],
    engines: async () => [],
    batches: {
      list: async () => [],
      find: async () => null,
      items: async () => [],
      cancel: async () => null,
      hours: () => ({ enabled: true, providers: true, windows: [], timezone: 'UTC', opensAt: null }),
    },
    budgets: async () => [
      {
        name: 'team',
        by: 'team',
        value: 'search',
        valueName: null,
        limitUsd: '10.000000',
        spentUsd: '4.000000',
        reservedUsd: '1.000000',
        leftUsd: '5.000000',
        window: 'month',
        startsAt: '2026-11-01T00:00:00.000Z',
        degradeTo: null,
        resetsAt: '2026-12-01T00:00:00.000Z',
      },
    ],
    routing: { models: async () => [], experiments: async () => [], give: async () => undefined },
    library: {
      add: async ({ collection, name, text }) => ({
        id: CALL_ID,
        collection,
        name,
        characters: text.length,
        passages: 1,
        addedAt: '2026-11-24T10:00:00.000Z',
      }),
      list: async () => [],
      remove: async (id) => id === CALL_ID,
      search: async (_collection, question) => [
        { document: 'a.md', order: 0, text: question, score: 0.9, vector: new Float32Array() },
      ],
      searching: async () => ({ how: 'exact', why: 'it is small', passages: 1, mostPassages: 50_000 }),
    },
    examples: {
      rated: async ({ score }) => (score === 1 ? { kept: true } : null),
      drop: async (id) => id === CALL_ID,
      list: async () => [
        {
          callId: CALL_ID,
          startedAt: '2026-11-24T10:00:00.000Z',
          tenant: 'a tenant',
          requestedModel: 'fast',
          task: 'code',
          rating: 1,
          question: 'How?',
          answer: 'So.',
        },
      ],
    },
    cache: {
      state: async () => ({
        store: { reach: 'process', entries: 0, bytes: 0, maxBytes: 1000 },
        semantic: { answers: 0, questions: 0, bytes: 0, maxBytes: 1000, loaded: true, waiting: 0 },
        ...cacheReport(NO_COUNTS, null),
      }),
      clear: async () => 0,
    },
    compress: { guards: async () => [], resume: async () => 0 },
    metrics: {
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      text: async () => 'illm_calls_total 1\n',
    },
    unready: () => [],
    webRoot: '/nowhere',
    version: '1.2.3',
    now: () => NOW,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    ...change,
  };
}
