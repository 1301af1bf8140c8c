import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { accessRefusal, bearerToken, secretsEqual } from '../../core/access.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Log } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import type { Contexts } from '../context/contexts.ts';
import type { Engine } from '../ports.ts';
import type { AnswerHead, AnswerWriter } from './answer.ts';
import { ApiError, asApiError, badRequest, errorBody, unsupported } from './api-error.ts';
import { chatAnswer } from './chat-answer.ts';
import { type Api, checkParameters } from './check-parameters.ts';
import type { PromptCodec } from './codec.ts';
import { completionAnswer } from './completion-answer.ts';
import { listContexts, removeContext, saveContext } from './contexts.ts';
import { fitContext } from './fit-context.ts';
import type { Generation } from './generation.ts';
import { metricsText } from './metrics.ts';
import { parseChat } from './parse-chat.ts';
import { parseCompletion } from './parse-completion.ts';
import { readJsonBody } from './read-body.ts';
import type { ClusterReport, EngineReport } from './report.ts';
import { runChoices } from './run-choices.ts';
import { sendJson, sendStream, sendWhole } from './send-answer.ts';
import { countUsage } from './usage.ts';

export interface EngineServerOptions {
  readonly engine: Engine;
  readonly codec: PromptCodec;
  /** Log p of each token of a text after its first; null: log probabilities of prompts are refused. */
  readonly score: ((tokens: readonly number[], signal: AbortSignal) => Promise<Float64Array>) | null;
  /** Where contexts are saved; null: nowhere. */
  readonly contexts: Contexts | null;
  readonly cluster: () => ClusterReport;
  /** Added to the error of a request that memory does not suffice for: who could provide it. */
  readonly lenders: () => string;
  /** Asked of every request but `/health`, as `Authorization: Bearer`; null: anybody who reaches the server may use it. */
  readonly key: Secret | null;
  /** The address that is listened on, which requests may name as their host. */
  readonly host: string;
  readonly mostBodyBytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** OpenAI's API over one engine. */
export interface EngineServer {
  readonly server: Server;
  report(): EngineReport;
  /** Takes no new requests, and resolves when those under way have ended or `mostMs` have passed; then ends them. */
  drain(mostMs: number): Promise<void>;
}

const HEADERS_MS = 15_000;
const REQUEST_MS = 120_000;
const KEEP_ALIVE_MS = 75_000;
const MODEL_PREFIX = /^local\//;

export function createEngineServer(options: EngineServerOptions): EngineServer {
  const { engine, codec, key, host, now, log } = options;
  const startedAt = now();
  const counts = { finished: 0, failed: 0, aborted: 0 };
  const underWay = new Map<AbortController, Promise<void>>();
  let draining = false;

  const report = (): EngineReport => ({
    ...engine.status(),
    contextLength: engine.contextLength,
    ...options.cluster(),
    requests: { ...counts },
    uptimeMs: now() - startedAt,
  });

  const generate = async (
    req: IncomingMessage,
    res: ServerResponse,
    parse: (body: JsonObject) => Promise<{
      request: Generation;
      writer: (head: AnswerHead) => AnswerWriter | Promise<AnswerWriter>;
    }>,
    api: Api,
    gone: AbortSignal,
  ): Promise<void> => {
    if (draining) throw new ApiError(503, 'shutting_down', 'The engine is shutting down.');
    const body = await readJsonBody(req, options.mostBodyBytes);
    const ignored = checkParameters(body, api);
    checkModel(body, engine.modelName);
    const parsed = await parse(body);
    const request = fitContext(parsed.request, engine.contextLength);
    const head = {
      id: `${api === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID().replaceAll('-', '')}`,
      created: Math.floor(now() / 1000),
      model: engine.modelName,
    };
    const sending = {
      res,
      writer: await parsed.writer(head),
      usage: countUsage(request),
      headers: ignored.length > 0 ? { 'x-ignored-parameters': ignored.join(', ') } : {},
    };
    const events = runChoices(engine, request, gone);
    if (request.stream) await sendStream(events, { ...sending, includeUsage: request.includeUsage });
    else await sendWhole(events, sending);
  };

  const chat = async (req: IncomingMessage, res: ServerResponse, gone: AbortSignal): Promise<void> =>
    await generate(
      req,
      res,
      async (body) => {
        const request = await parseChat(body, codec);
        return { request, writer: (head) => chatAnswer(head, request, codec) };
      },
      'chat',
      gone,
    );

  const complete = async (req: IncomingMessage, res: ServerResponse, gone: AbortSignal): Promise<void> =>
    await generate(
      req,
      res,
      async (body) => {
        const request = await parseCompletion(body, codec);
        if (!request.scored) return { request, writer: (head) => completionAnswer(head, request, codec) };
        const { score } = options;
        if (!score)
          throw unsupported('logprobs', 'logprobs with echo: prompts are not scored by this engine.');
        return {
          request,
          writer: async (head) => {
            const scores = await Promise.all(
              request.prompts.map(async (prompt) => await score(prompt, gone)),
            );
            return completionAnswer(head, request, codec, scores);
          },
        };
      },
      'completion',
      gone,
    );

  const contexts = (): Contexts => {
    if (options.contexts) return options.contexts;
    throw new ApiError(404, null, 'Contexts are not saved here: the engine was started without --contexts.');
  };

  const routes: Readonly<
    Record<string, (req: IncomingMessage, res: ServerResponse, gone: AbortSignal) => Promise<void> | void>
  > = {
    'POST /v1/chat/completions': chat,
    'POST /v1/completions': complete,
    'GET /v1/models': (_req, res) => sendJson(res, 200, modelList(engine, startedAt)),
    'GET /health': (_req, res) =>
      sendJson(res, draining ? 503 : 200, { status: draining ? 'shutting down' : 'ok' }),
    'POST /engine/contexts': async (req, res, gone) => {
      const body = await readJsonBody(req, options.mostBodyBytes);
      sendJson(res, 201, await saveContext(contexts(), body, codec, gone));
    },
    'GET /engine/contexts': async (_req, res) =>
      sendJson(res, 200, { contexts: await listContexts(contexts()) }),
    'DELETE /engine/contexts/{name}': async (req, res) => {
      await removeContext(contexts(), (req.url ?? '').split('/').at(-1) ?? '');
      sendJson(res, 200, { deleted: true });
    },
    'GET /engine/status': (_req, res) => sendJson(res, 200, report()),
    'GET /metrics': (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      res.end(metricsText(report()));
    },
  };

  const handle = async (req: IncomingMessage, res: ServerResponse, gone: AbortSignal): Promise<void> => {
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    const refusal = accessRefusal(req.headers, { host, allowedHosts: [], allowedOrigins: [] });
    if (refusal !== null) throw new ApiError(403, null, refusal);
    if (key !== null && path !== '/health') checkKey(req, key);
    const isNamed = /^\/engine\/contexts\/[^/]+$/.test(path);
    const pattern = isNamed ? '/engine/contexts/{name}' : path;
    const route = routes[`${req.method ?? ''} ${pattern}`];
    if (route) return await route(req, res, gone);
    const others = Object.keys(routes).filter((name) => name.endsWith(` ${pattern}`));
    if (others.length > 0) throw new ApiError(405, null, `${path} takes ${others.join(', ')}.`);
    throw new ApiError(
      404,
      null,
      `There is no ${path.slice(0, 200)} here. There are: ${Object.keys(routes).join(', ')}.`,
    );
  };

  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (req, res) => {
      const leave = new AbortController();
      res.on('close', () => leave.abort());
      const answered = handle(req, res, leave.signal).then(
        () => {
          if (isGeneration(req)) counts.finished += 1;
        },
        (error: unknown) => {
          if (isGeneration(req)) counts[res.destroyed ? 'aborted' : 'failed'] += 1;
          const { reason } = leave.signal as { readonly reason: unknown };
          if (!res.destroyed) fail(res, reason instanceof ApiError ? reason : error, options);
        },
      );
      if (!isGeneration(req)) return;
      underWay.set(leave, answered);
      void answered.finally(() => underWay.delete(leave));
    },
  );
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });

  return {
    server,
    report,
    drain: async (mostMs) => {
      draining = true;
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => {
        log.warn('Requests under way are ended', { requests: underWay.size });
        const late = new ApiError(
          503,
          'shutting_down',
          'The engine shut down before the answer was complete.',
        );
        for (const leave of underWay.keys()) leave.abort(late);
      }, mostMs);
      await Promise.all(underWay.values()).finally(() => clearTimeout(late));
      server.closeAllConnections();
      await closed;
    },
  };
}

function isGeneration({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && (url ?? '').includes('completions');
}

function checkKey(req: IncomingMessage, key: Secret): void {
  const given = bearerToken(req.headers.authorization);
  if (given === null || !secretsEqual(given, key.reveal()))
    throw new ApiError(401, 'invalid_api_key', 'This engine asks for its key as "Authorization: Bearer …".');
}

/** One engine serves one model; asking for another is a mistake worth telling. */
function checkModel({ model }: JsonObject, served: string): void {
  if (typeof model !== 'string' || model === '')
    throw badRequest('model', `model must be ${JSON.stringify(served)}.`);
  if (model.replace(MODEL_PREFIX, '') !== served)
    throw new ApiError(
      404,
      'model_not_found',
      `There is no model ${JSON.stringify(model.slice(0, 200))} here; this engine serves ${JSON.stringify(served)}.`,
      { param: 'model' },
    );
}

function modelList({ modelName, contextLength }: Engine, startedAt: number): object {
  const created = Math.floor(startedAt / 1000);
  const model = {
    id: modelName,
    object: 'model',
    created,
    owned_by: 'infinite-llm',
    max_model_len: contextLength,
  };
  return { object: 'list', data: [model] };
}

function fail(res: ServerResponse, error: unknown, { log, lenders }: EngineServerOptions): void {
  const told = asApiError(error);
  if (told.status === 500) log.error('A request failed', { error });
  if (res.headersSent) return;
  const message =
    told.code === 'insufficient_kv_memory' ? `${told.message} ${lenders()}`.trim() : told.message;
  const { status, type, code, param } = told;
  const headers = status === 503 ? { 'retry-after': '1' } : {};
  sendJson(res, status, errorBody({ message, type, code, param }), headers);
}
