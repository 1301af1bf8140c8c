import { NO_LEVERS } from '../core/plan.ts';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { systemClock } from '../core/clock.ts';
import type { Call } from '../core/call.ts';
import type { CallSignal } from '../core/call-signal.ts';
import type { Prompt } from '../core/content.ts';
import type { CallError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Part } from '../core/part.ts';
import type { Bus, Clock } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import type { Limits, ProviderSettings } from '../core/settings.ts';
import { Trail } from '../core/trail.ts';
import { dialectNamed } from '../dialects/index.ts';
import { createUpstreams, type Upstreams } from './upstreams.ts';

/** Helpers for tests over real sockets: servers that a test scripts, upstreams that call them, and calls. */

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer {
  readonly origin: string;
  readonly received: Received[];
  /** Answers whose connection was closed before they were complete. */
  abandoned(): number;
  close(): Promise<void>;
}

export type Answer = (res: ServerResponse, request: Received) => void | Promise<void>;

/** Answers the n-th request with the n-th answer, and with the last one from then on. */
export async function serve(...answers: readonly Answer[]): Promise<TestServer> {
  const received: Received[] = [];
  let abandoned = 0;
  const server = createServer((req, res) => {
    res.on('close', () => {
      if (!res.writableFinished) abandoned += 1;
    });
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = req;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
      received.push(request);
      res.on('error', () => undefined);
      await answers[Math.min(received.length, answers.length) - 1]?.(res, request);
    })().catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    abandoned: () => abandoned,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server below HTTP: gets each socket once its first bytes have come. */
export async function serveTcp(answer: (socket: Socket) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    abandoned: () => 0,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const KEY = 'sk-secret-0123456789abcdefghijklmnop';

const LIMITS: Limits = {
  bodyBytes: 1e6,
  answerBytes: 1e6,
  drainMs: 1000,
  connectMs: 2000,
  firstByteMs: 5000,
  idleMs: 5000,
  requestMs: 5000,
  shutdownMs: 1000,
};

export interface Rig {
  readonly upstreams: Upstreams;
  /** Everything logged, as JSON. */
  readonly logged: string[];
  readonly bus: Bus;
}

export function rig(
  providers: readonly Partial<ProviderSettings>[],
  options: { readonly limits?: Partial<Limits>; readonly clock?: Clock; readonly bus?: Bus } = {},
): Rig {
  const logged: string[] = [];
  const log = (message: string, fields?: unknown): void =>
    void logged.push(JSON.stringify([message, fields]));
  const settings = providers.map(
    (provider): ProviderSettings => ({
      name: 'openai',
      kind: 'openai',
      baseUrl: '',
      keys: [new Secret(KEY)],
      dialects: null,
      headers: {},
      models: [],
      gpu: null,
      ...provider,
    }),
  );
  const bus = options.bus ?? testBus();
  const upstreams = createUpstreams({
    providers: Object.fromEntries(settings.map((each) => [each.name, each])),
    limits: { ...LIMITS, ...options.limits },
    bus,
    clock: options.clock ?? systemClock,
    random: () => 0.5,
    log: { info: log, warn: log, error: log },
  });
  return { upstreams, logged, bus };
}

export function testBus(): Bus {
  const listeners = new Map<string, Set<(message: string) => void>>();
  return {
    publish: (topic, message) => {
      for (const listener of listeners.get(topic) ?? []) listener(message);
    },
    subscribe: (topic, listener) => {
      const all = listeners.get(topic) ?? new Set();
      listeners.set(topic, all.add(listener));
      return () => all.delete(listener);
    },
    close: () => Promise.resolve(),
  };
}

export const CHAT: JsonObject = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

/** A call as the gateway makes it from a request of this dialect. */
export function callOf(dialectName: string, url: string, body: JsonObject, change: Partial<Call> = {}): Call {
  const dialect = dialectNamed(dialectName);
  const [path = '', query = ''] = url.split('?');
  const route = dialect.route('POST', path, new URLSearchParams(query));
  if (!route) throw new Error(`${url} is no endpoint of ${dialectName}`);
  const { model, stream } = dialect.identify(body, route);
  const prompt = (): Prompt => {
    const codec = route.operation === 'count-tokens' ? dialect.count : dialect.generate;
    if (!codec) throw new Error('no prompt');
    return codec.parseRequest(body, route);
  };
  return {
    ...bareCall(change.signal),
    dialect: dialectName,
    operation: route.operation,
    requestedModel: model,
    stream,
    wire: {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    },
    body,
    prompt,
    received: prompt,
    embedding: () => {
      if (!dialect.embed) throw new Error('no embeddings');
      return dialect.embed.parseRequest(body, route);
    },
    target: { provider: 'openai', model },
    ...change,
  };
}

/** A call to any other path below a provider. */
export function rawCall(method: string, url: string, body: string, change: Partial<Call> = {}): Call {
  return {
    ...bareCall(change.signal),
    wire: { method, url, headers: {}, body: Buffer.from(body) },
    ...change,
  };
}

function bareCall(signal: CallSignal = new AbortController().signal): Call {
  const unknown = (): never => {
    throw new Error('not understood');
  };
  return {
    id: '01900000-0000-7000-8000-000000000000',
    receivedAt: Date.now(),
    dialect: 'relay',
    operation: 'relay',
    requestedModel: 'openai/-',
    stream: true,
    caller: {
      keyId: null,
      keyName: null,
      team: null,
      user: null,
      tags: {},
      session: null,
      traceparent: null,
      credential: null,
    },
    wire: { method: 'POST', url: '/', headers: {}, body: Buffer.alloc(0) },
    prompt: unknown,
    received: unknown,
    embedding: unknown,
    rewritten: false,
    typed: false,
    plan: NO_LEVERS,
    candidates: null,
    resolvedBy: '',
    target: { provider: 'openai', model: '-' },
    trail: new Trail(() => performance.now()),
    signal,
  };
}

export interface Outcome {
  readonly parts: readonly Part[];
  readonly error: CallError | null;
  /** All relayed bytes as text. */
  readonly wire: string;
}

export async function send({ upstreams }: Rig, call: Call): Promise<Outcome> {
  const parts: Part[] = [];
  let error: CallError | null = null;
  try {
    const upstream = upstreams.get(call.target?.provider ?? '');
    if (!upstream) throw new Error('no such provider');
    for await (const part of upstream.send(call)) parts.push(part);
  } catch (thrown) {
    error = thrown as CallError;
  }
  return { parts, error, wire: wireOf(parts) };
}

export function wireOf(parts: readonly Part[]): string {
  const chunks = parts.flatMap((part) => (part.type === 'wire' ? part.chunks : []));
  return Buffer.concat(chunks).toString();
}

export function typesOf(parts: readonly Part[]): string[] {
  return parts.map(({ type }) => type);
}

/** The last usage that the parts tell, without its zeros. */
export function usageOf(parts: readonly Part[]): Readonly<Record<string, number>> | null {
  const last = parts.findLast((part) => part.type === 'usage');
  return last ? Object.fromEntries(Object.entries(last.usage).filter(([, count]) => count !== 0)) : null;
}

export function json(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify(body));
}

/** Begins a stream of server-sent events and sends these; objects are sent as JSON. */
export function events(res: ServerResponse, ...data: readonly (string | JsonObject)[]): void {
  if (!res.headersSent) res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const each of data) res.write(`data: ${isObject(each) ? JSON.stringify(each) : each}\n\n`);
}

export const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, delta, finish_reason: finish }],
});

const USAGE = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

export const usageChunk: JsonObject = { ...chunk({}), choices: [], usage: USAGE };

export const completion: JsonObject = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: USAGE,
};

export function chatStream(res: ServerResponse): void {
  events(res, chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hel' }), chunk({ content: 'lo' }));
  events(res, chunk({}, 'stop'), usageChunk, '[DONE]');
  res.end();
}

/** Waits until it holds, at most two seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 2000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('it did not come to hold');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
