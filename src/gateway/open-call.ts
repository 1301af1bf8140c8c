import type { IncomingMessage } from 'node:http';
import type { Call, Caller, WireRequest } from '../core/call.ts';
import type { CallSignal } from '../core/call-signal.ts';
import type { Dialect, Route } from '../core/dialect.ts';
import { CallError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { planFor } from '../core/plan.ts';
import type { Settings } from '../core/settings.ts';
import type { Trail } from '../core/trail.ts';
import { attribute } from './caller.ts';
import { parseBody } from './parse-body.ts';

/** What a call starts from: who asks, and where the answer is cancelled and explained. */
export interface Opening {
  readonly settings: Pick<Settings, 'models' | 'plan'>;
  readonly id: string;
  readonly receivedAt: number;
  readonly caller: Caller;
  readonly trail: Trail;
  readonly signal: CallSignal;
}

/** A request without its body. */
export type RequestLine = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** Reads a request of a known endpoint into a Call. @throws CallError when it is no request of its dialect */
export function openCall(
  opening: Opening,
  req: RequestLine,
  bytes: Buffer,
  dialect: Dialect,
  route: Route,
  provider: string | null,
): { readonly call: Call; readonly body: JsonObject } {
  const body = parseBody(bytes);
  const { model, stream } = dialect.identify(body, route);
  const { generate, embed, count } = dialect;
  const { settings, id, receivedAt, trail, signal } = opening;
  const requestedModel = provider === null ? model : `${provider}/${model}`;
  const prompt = once(() => {
    if (route.operation === 'count-tokens' && count) return count.parseRequest(body, route);
    if (!generate) throw noContent(dialect, 'prompt');
    return generate.parseRequest(body, route);
  });
  const call: Call = {
    id,
    receivedAt,
    trail,
    signal,
    caller: attribute(opening.caller, req.headers, dialect.attribution(body)),
    dialect: dialect.name,
    operation: route.operation,
    requestedModel,
    stream,
    wire: wireRequest(req, req.url ?? '/', bytes),
    body,
    prompt,
    received: prompt,
    embedding: once(() => {
      if (!embed) throw noContent(dialect, 'embedding input');
      return embed.parseRequest(body, route);
    }),
    rewritten: false,
    typed: false,
    plan: planFor(settings, requestedModel),
    candidates: null,
    resolvedBy: '',
    target: null,
  };
  return { call, body };
}

/** A call to an endpoint of a provider that the gateway does not understand. */
export function openRelay(
  opening: Opening,
  req: RequestLine,
  bytes: Buffer,
  provider: string,
  path: string,
): Call {
  const none = (): never => {
    throw new CallError('unsupported', 'The content of this endpoint is passed on without being understood.');
  };
  const { settings, id, receivedAt, trail, signal } = opening;
  return {
    id,
    receivedAt,
    trail,
    signal,
    caller: attribute(opening.caller, req.headers, { user: null, tags: {} }),
    dialect: 'relay',
    operation: 'relay',
    requestedModel: `${provider}/${modelIn(bytes, req.headers['content-type'] ?? '') ?? '-'}`,
    stream: true,
    wire: wireRequest(req, path, bytes),
    prompt: none,
    received: none,
    embedding: none,
    rewritten: false,
    typed: false,
    plan: settings.plan,
    candidates: null,
    resolvedBy: '',
    target: null,
  };
}

const MULTIPART_MODEL = /name="model"\r?\n\r?\n([^\r\n]{1,200})\r?\n/;
const JSON_MODEL = /"model"\s*:\s*"([^"\\]{1,200})"/;

/** The model a relayed body names, where its kind can be told cheaply: needed to price audio and images. */
function modelIn(bytes: Buffer, contentType: string): string | null {
  const start = bytes.subarray(0, 64 * 1024).toString('latin1');
  if (contentType.startsWith('multipart/')) return MULTIPART_MODEL.exec(start)?.[1] ?? null;
  return contentType.includes('json') ? (JSON_MODEL.exec(start)?.[1] ?? null) : null;
}

function wireRequest(req: RequestLine, url: string, body: Buffer): WireRequest {
  // node:http joins repeated headers to one string, all but set-cookie, which no client sends.
  return { method: req.method ?? 'GET', url, headers: req.headers as Record<string, string>, body };
}

function noContent(dialect: Dialect, what: string): CallError {
  return new CallError('unsupported', `A request to this ${dialect.name} endpoint holds no ${what}.`);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
