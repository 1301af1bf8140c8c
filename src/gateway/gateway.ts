import type { IncomingMessage, ServerResponse } from 'node:http';
import { accessRefusal, corsHeaders } from '../core/access.ts';
import type { Call, Caller } from '../core/call.ts';
import { CallAbort } from '../core/call-signal.ts';
import type { Dialect, Framing } from '../core/dialect.ts';
import { asCallError, CallError } from '../core/errors.ts';
import { uuidv7 } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Background, Handler, KeyRing, LedgerSink } from '../core/ports.ts';
import type { CallRecord } from '../core/record.ts';
import type { Settings } from '../core/settings.ts';
import { Trail } from '../core/trail.ts';
import { DIALECTS, dialectNamed } from '../dialects/index.ts';
import { createBackground } from './background.ts';
import { openBatching } from './batches/index.ts';
import { budgetStage, callPipeline, catalog, type PipelineDeps } from './call-pipeline.ts';
import { authenticate, credentialOf } from './caller.ts';
import { type Endpoint, findEndpoint, isGatewayPath } from './endpoints.ts';
import { type Machines, machines } from './machines.ts';
import { Meter } from './meter.ts';
import { listModels, modelsAnswer } from './models.ts';
import { openCall, openRelay } from './open-call.ts';
import { readBody } from './read-body.ts';
import { rejectedRecord } from './record.ts';
import { type Outcome, runCall } from './run-call.ts';
import { sendError, sendJson } from './send.ts';
import { settleCall } from './settle.ts';

/** What changes with the configuration is a function, asked anew for every call. */
export interface GatewayDeps extends PipelineDeps {
  readonly ledger: LedgerSink;
  readonly keys: KeyRing;
  /** Told of every finished call, for metrics. */
  readonly observe: (record: CallRecord) => void;
}

export interface Gateway {
  /** True for request paths that are the gateway's. */
  handles(url: string): boolean;
  handle(req: IncomingMessage, res: ServerResponse): void;
  readonly machines: Machines;
  /** Runs calls of the gateway's own. */
  readonly background: Background;
  inFlight(): number;
  /** Refuses new calls, and resolves when those in flight are over or after `ms`. */
  drain(ms: number): Promise<void>;
}

/** The hot path: HTTP in, one call end to end, HTTP out. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { clock, ledger, log } = deps;
  const machineTime = machines(() => deps.settings().providers, clock);
  const settling = { ...deps, machines: machineTime };
  const settleOwn = async (call: Call, meter: Meter, outcome: Outcome): Promise<CallRecord> => {
    const record = await settleCall(settling, call, dialectNamed(call.dialect), 'sse', meter, outcome);
    keep(record);
    return record;
  };
  const background = createBackground({ clock, handler: () => handler, settle: settleOwn });
  const handler: Handler = callPipeline(deps, { machines: machineTime, background });
  const batching = openBatching(deps, {
    handler: () => handler,
    ledger,
    reserve: budgetStage(deps),
    settle: settleOwn,
  });
  const dialectsOf = (provider: string): readonly Dialect[] | null =>
    deps.upstreams().get(provider)?.dialects.map(dialectNamed) ?? null;
  const idle = new Set<() => void>();
  let inFlight = 0;
  let draining = false;

  /** Those who learn from calls do so once the answer is out, before anything else is read. */
  const observers = [deps.observe, ...deps.services.observers];
  let unobserved: CallRecord[] = [];
  function observeAll(): void {
    const records = unobserved;
    unobserved = [];
    for (const record of records)
      for (const observe of observers)
        try {
          observe(record);
        } catch (error) {
          log.error('a call could not be learnt from', { callId: record.id, error });
        }
  }

  function keep(record: CallRecord): void {
    if (unobserved.length === 0) setImmediate(observeAll);
    unobserved.push(record);
    try {
      ledger.append(record);
    } catch (error) {
      // The last resort against losing a paid call: its row goes to the log, whole.
      log.error('a call could not be written to the ledger', { record, error });
    }
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const arrivedAt = clock.ticks();
    const receivedAt = clock.now();
    const id = uuidv7(receivedAt);
    const url = req.url ?? '/';
    const abort = new CallAbort();
    const trail = new Trail(() => clock.ticks());
    let dialect = likelyDialect(req, url);
    let caller: Caller | null = null;
    let endpoint: Endpoint | null = null;
    try {
      const settings = deps.settings();
      if (!admit(req, res, settings)) return;
      endpoint = findEndpoint(req.method ?? 'GET', url, DIALECTS, dialectsOf);
      if (endpoint.kind === 'call') dialect = endpoint.dialect;
      caller = authenticate(credentialOf(req.headers, url), deps.keys);
      if (endpoint.kind === 'models') {
        sendJson(
          res,
          200,
          modelsAnswer(endpoint, req.headers, listModels(settings, catalog.knownModels), LISTERS),
        );
        return;
      }
      if (endpoint.kind === 'batches') {
        await answerBatching(req, res, caller, endpoint.path, id);
        return;
      }
      const readAt = clock.ticks();
      const bytes = await readBody(req, settings.limits.bodyBytes);
      const waitedMs = clock.ticks() - readAt;
      const opening = { settings, id, receivedAt, caller, trail, signal: abort };
      const opened = open(opening, req, bytes, endpoint);
      await answer(opened, dialect, res, abort, arrivedAt, waitedMs);
    } catch (thrown) {
      const error = asCallError(thrown);
      if (error.code === 'internal')
        log.error('a call failed inside the gateway', { callId: id, error: thrown });
      if (caller) {
        const route = endpoint?.kind === 'call' ? endpoint.route : null;
        keep(
          rejectedRecord({
            id,
            receivedAt,
            caller,
            trail,
            error,
            dialect,
            route,
            totalMs: clock.ticks() - arrivedAt,
          }),
        );
      }
      sendError(res, dialect, error, id);
    }
  }

  /** Files and batches are no calls: what is refused of them is in no ledger. */
  async function answerBatching(
    req: IncomingMessage,
    res: ServerResponse,
    caller: Caller,
    path: string,
    id: string,
  ): Promise<void> {
    try {
      await batching.handle(req, res, caller, path);
    } catch (thrown) {
      const error = asCallError(thrown);
      if (error.code === 'internal')
        log.error('a request about batches failed', { callId: id, error: thrown });
      sendError(res, LISTERS.openai, error, id);
    }
  }

  /** Refuses what must not even be looked at. False when the request was answered already. */
  function admit(req: IncomingMessage, res: ServerResponse, settings: Settings): boolean {
    const refusal = accessRefusal(req.headers, settings.listen);
    if (refusal !== null) throw new CallError('forbidden', refusal);
    for (const [name, value] of Object.entries(corsHeaders(req.headers, settings.listen)))
      res.setHeader(name, value);
    if (req.method === 'OPTIONS') {
      res.writeHead(204).end();
      return false;
    }
    if (draining)
      throw new CallError('not_ready', 'The gateway is shutting down; send the call again.', {
        retryAfterMs: 1000,
      });
    const full = ledger.refusal();
    if (full !== null) throw new CallError('not_ready', full, { retryAfterMs: 5000 });
    return true;
  }

  async function answer(
    opened: Opened,
    dialect: Dialect,
    res: ServerResponse,
    abort: CallAbort,
    arrivedAt: number,
    waitedMs: number,
  ): Promise<void> {
    const { call, body, framing } = opened;
    const meter = new Meter(clock, arrivedAt, clock.ticks() - arrivedAt - waitedMs);
    await runCall({
      call,
      dialect,
      context: {
        callId: call.id,
        requestedModel: call.requestedModel,
        createdAt: call.receivedAt,
        body,
        framing,
      },
      res,
      abort,
      drainMs: deps.settings().limits.drainMs,
      meter,
      handler,
      settle: async (outcome) => {
        if (outcome.error?.code === 'internal')
          log.error('a call failed inside the gateway', { callId: call.id, error: outcome.error.cause });
        const record = await settleCall(settling, call, dialect, framing, meter, outcome);
        keep(record);
        return record;
      },
    });
  }

  return {
    handles: isGatewayPath,
    handle: (req, res) => {
      inFlight += 1;
      res.once('close', () => {
        inFlight -= 1;
        if (inFlight === 0) for (const wake of idle) wake();
      });
      serve(req, res).catch((error: unknown) => {
        log.error('an answer could not be sent', { error });
        res.destroy();
      });
    },
    machines: machineTime,
    background,
    inFlight: () => inFlight,
    drain: async (ms) => {
      draining = true;
      const settled = Promise.all([background.drain(ms), batching.drain(ms)]);
      const clientsGone = new Promise<void>((resolve) => {
        if (inFlight === 0) return resolve();
        const timer = setTimeout(resolve, ms);
        idle.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      await Promise.all([clientsGone, settled]);
    },
  };
}

const LISTERS = {
  openai: dialectNamed('openai-chat'),
  anthropic: dialectNamed('anthropic'),
  gemini: dialectNamed('gemini'),
};

interface Opened {
  readonly call: Call;
  readonly body: JsonObject;
  readonly framing: Framing;
}

function open(
  opening: Parameters<typeof openCall>[0],
  req: IncomingMessage,
  bytes: Buffer,
  endpoint: Exclude<Endpoint, { kind: 'models' | 'batches' }>,
): Opened {
  if (endpoint.kind === 'call') {
    const { dialect, route, provider } = endpoint;
    return { ...openCall(opening, req, bytes, dialect, route, provider), framing: route.framing ?? 'sse' };
  }
  const call = openRelay(opening, req, bytes, endpoint.provider, endpoint.path);
  return { call, body: {}, framing: 'sse' };
}

/** Which client this seems to be, for telling errors before its endpoint is known. */
function likelyDialect(req: IncomingMessage, url: string): Dialect {
  if (url.startsWith('/v1beta') || req.headers['x-goog-api-key'] !== undefined) return LISTERS.gemini;
  return req.headers['anthropic-version'] === undefined ? LISTERS.openai : LISTERS.anthropic;
}
