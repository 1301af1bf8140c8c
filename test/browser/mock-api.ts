import { createReadStream, existsSync, statSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { CallRecord } from '../../src/core/record.ts';
import { savingsOf } from '../../src/core/savings.ts';
import type {
  About,
  Batch,
  Budget,
  CacheState,
  KeyView,
  LocalEngine,
  NewKey,
} from '../../web/src/api/types.ts';
import { mockCache } from './mock/cache.ts';
import { mockCall, mockCalls } from './mock/calls.ts';
import { MOCK_HOURS, mockBatches, mockItems } from './mock/batches.ts';
import { mockBudgets } from './mock/budgets.ts';
import { mockEngines } from './mock/engines.ts';
import { dimensions, errors, latency, matching, savings, spend } from './mock/figures.ts';
import { seededRandom } from './mock/random.ts';
import { mockAbout, mockKeys, mockMachines } from './mock/server-state.ts';

/** Another build of it can be named, to look at one before it is the product's. */
const WEB = process.env['DASHBOARD_DIR'] ?? join(import.meta.dirname, '../../dist/web');
/** What the real server sends too: the page must work under it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** What a test may change while the server runs. */
interface MockState {
  calls: CallRecord[];
  about: About;
  keys: KeyView[];
  budgets: Budget[];
  batches: Batch[];
  cache: CacheState;
  engines: LocalEngine[];
  /** Asked of every request but /about. */
  adminKey: string | null;
  /** Paths (under /api/v1) that fail with a 500. */
  failing: RegExp | null;
  /** Every answer of the API takes this long. */
  delayMs: number;
}

export interface MockServer {
  readonly url: string;
  readonly state: MockState;
  /** A call ends now: it is in the ledger and on the stream. */
  addCall(change?: Partial<CallRecord>): CallRecord;
  close(): Promise<void>;
}

/** The management API as the dashboard sees it, with some thousand made-up calls, and the built dashboard itself. */
export async function startMockApi(
  options: { count?: number; now?: number; port?: number } = {},
): Promise<MockServer> {
  const now = () => options.now ?? Date.now();
  const state: MockState = {
    calls: mockCalls(now(), options.count ?? 4000),
    about: mockAbout(now()),
    keys: mockKeys(now()),
    budgets: mockBudgets(now()),
    batches: mockBatches(now()),
    cache: mockCache(),
    engines: mockEngines(),
    adminKey: null,
    failing: null,
    delayMs: 0,
  };
  const streams = new Map<ServerResponse, URLSearchParams>();
  const random = seededRandom(99);

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/api/')) return serveFile(url.pathname, response);
    setTimeout(
      () =>
        void answer(request, response, url).catch(() =>
          fail(response, 400, 'invalid_request', 'bad request'),
        ),
      state.delayMs,
    );
  });

  async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const path = url.pathname.replace('/api/v1', '');
    const query = url.searchParams;
    const allowed = !state.adminKey || request.headers.authorization === `Bearer ${state.adminKey}`;
    if (state.failing?.test(path))
      return fail(response, 500, 'internal', 'The ledger could not be read: disk I/O error.');
    if (path === '/about') {
      const { name, version, demo } = state.about;
      const auth = { required: state.adminKey !== null };
      return json(response, 200, allowed ? { ...state.about, auth } : { name, version, demo, auth });
    }
    if (!allowed)
      return fail(
        response,
        401,
        'unauthenticated',
        'This needs an admin key as Authorization: Bearer sk-illm-…',
      );
    if (path === '/calls/stream') return openStream(response, query);
    if (path === '/keys' && request.method === 'POST')
      return json(response, 201, createKey(JSON.parse(await text(request)) as NewKey));
    const keyId = /^\/keys\/([^/]+)$/.exec(path)?.[1];
    if (keyId && request.method === 'DELETE') {
      state.keys = state.keys.map((key) =>
        key.id === keyId ? { ...key, revokedAt: new Date(now()).toISOString() } : key,
      );
      return json(
        response,
        200,
        state.keys.find(({ id }) => id === keyId),
      );
    }
    const [, batchId, part] = /^\/batches(?:\/([^/]+))?(?:\/(items|cancel))?$/.exec(path) ?? [];
    if (path.startsWith('/batches')) return batches(response, query, batchId, part);
    const callId = /^\/calls\/([^/]+)$/.exec(path)?.[1];
    if (callId) {
      const call = state.calls.find(({ id }) => id === callId);
      return call
        ? json(response, 200, call)
        : fail(response, 404, 'not_found', `There is no call ${callId}.`);
    }
    const calls = matching(state.calls, query, now());
    if (path === '/calls') return json(response, 200, page(calls, query));
    if (path === '/spend') return json(response, 200, spend(calls, query, now()));
    if (path === '/savings') {
      const ofAll = new URLSearchParams(query);
      ofAll.delete('lever');
      return json(response, 200, savings(calls, matching(state.calls, ofAll, now()), query, now()));
    }
    if (path === '/latency') return json(response, 200, latency(calls, query));
    if (path === '/errors') return json(response, 200, errors(calls));
    if (path === '/dimensions') return json(response, 200, dimensions(calls));
    if (path === '/machines') return json(response, 200, { machines: mockMachines(now()) });
    if (path === '/engine') return json(response, 200, { engines: state.engines });
    if (path === '/cache') return json(response, 200, state.cache);
    if (path === '/budgets') return json(response, 200, { budgets: state.budgets });
    if (path === '/keys') return json(response, 200, { keys: state.keys });
    return fail(response, 404, 'not_found', `There is no ${path}.`);
  }

  function batches(response: ServerResponse, query: URLSearchParams, id?: string, part?: string): void {
    if (id === undefined)
      return json(response, 200, { batches: state.batches, nextCursor: null, hours: MOCK_HOURS });
    if (part === 'cancel')
      state.batches = state.batches.map((each) =>
        each.id === id
          ? { ...each, status: 'cancelling', cancellingAt: new Date(now()).toISOString() }
          : each,
      );
    const batch = state.batches.find((each) => each.id === id);
    if (!batch) return fail(response, 404, 'not_found', `There is no batch ${id}.`);
    if (part !== 'items') return json(response, 200, { batch, hours: MOCK_HOURS });
    const wanted = query.get('state');
    const after = Number(query.get('cursor') ?? 0);
    const items = mockItems(batch, state.calls[0]?.id ?? '').filter(
      (item) => item.line > after && (wanted === null || item.state === wanted),
    );
    const shown = items.slice(0, 100);
    const nextCursor = items.length > 100 ? String(shown.at(-1)?.line) : null;
    return json(response, 200, { items: shown, nextCursor });
  }

  function openStream(response: ServerResponse, query: URLSearchParams): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': open\n\n');
    streams.set(response, query);
    response.on('close', () => streams.delete(response));
  }

  function createKey({ name, scope, team, user, tags, expiresAt, limits }: NewKey) {
    const secret = `sk-illm-${'N3wS3cr3t'.repeat(5).slice(0, 40)}`;
    const key: KeyView = {
      id: `0192f000-0000-7000-8000-${String(state.keys.length).padStart(12, '0')}`,
      name,
      prefix: secret.slice(0, 12),
      scope,
      team: team ?? null,
      user: user ?? null,
      tags: tags ?? {},
      createdAt: new Date(now()).toISOString(),
      revokedAt: null,
      expiresAt: expiresAt ?? null,
      limits: limits ?? null,
      lastUsedAt: null,
      spentUsd30d: '0',
    };
    state.keys = [key, ...state.keys];
    return { key, secret };
  }

  function addCall(change: Partial<CallRecord> = {}): CallRecord {
    const call = { ...mockCall(now(), 100_000 + state.calls.length, random), ...change };
    state.calls = [call, ...state.calls];
    for (const [stream, query] of streams)
      if (matching([call], query, now()).length > 0)
        stream.write(`event: call\ndata: ${JSON.stringify(view(call))}\n\n`);
    return call;
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    addCall,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function page(calls: readonly CallRecord[], query: URLSearchParams) {
  const start = Number(query.get('cursor') ?? 0);
  const end = start + Number(query.get('limit') ?? 50);
  return { calls: calls.slice(start, end).map(view), nextCursor: end < calls.length ? String(end) : null };
}

function view({ decisions, costParts: _c, requestBody: _q, responseBody: _s, ...rest }: CallRecord) {
  return { ...rest, savings: savingsOf(decisions) ?? {} };
}

function serveFile(path: string, response: ServerResponse): void {
  const wanted = join(WEB, normalize(path));
  const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(WEB, 'index.html');
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
  });
  createReadStream(file).pipe(response);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  json(response, status, { error: { code, message } });
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
