import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bearerToken, secretsEqual } from '../../core/access.ts';
import { isObject } from '../../core/json.ts';
import type { Secret } from '../../core/secret.ts';
import type { EngineProcess } from './engine-process.ts';
import { forward, type Forwarding } from './forward.ts';

export interface GateOptions {
  readonly engines: readonly EngineProcess[];
  readonly key: Secret;
  /** How long a call waits for an engine that is not there at the moment. */
  readonly waitMs: number;
  readonly mostBodyBytes: number;
}

/** One address on this machine for all its engines, which stays while they come and go. */
export interface Gate {
  /** Of an OpenAI API, for all models. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** Where the gate tells how the engines do. */
export const STATES_PATH = '/engines';

export async function openGate({ engines, key, waitMs, mostBodyBytes }: GateOptions): Promise<Gate> {
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const given = bearerToken(req.headers.authorization);
    if (given === null || !secretsEqual(given, key.reveal()))
      return refuse(res, 401, 'invalid_api_key', 'These engines take calls from their own gateway only.');
    if (req.method === 'GET' && req.url === STATES_PATH)
      return json(res, 200, { engines: engines.map(stateOf) });
    const body = await readBody(req, mostBodyBytes);
    if (body === null)
      return refuse(res, 413, null, `The request body is larger than ${mostBodyBytes} bytes.`);
    const engine = engineFor(body, engines);
    if (!engine)
      return refuse(
        res,
        404,
        'model_not_found',
        `The engine of this machine serves ${engines.map(({ model }) => model).join(', ')}.`,
      );
    await serve({ req, res, body, engine, deadlineMs: performance.now() + waitMs });
  };

  const server = createServer({ keepAliveTimeout: 75_000 }, (req, res) => {
    handle(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** From the end of its connections to the end of a process. */
const MOST_DYING_MS = 1_000;

interface Serving extends Omit<Forwarding, 'url'> {
  readonly engine: EngineProcess;
  /** Until then the call waits for its engine, on the clock of `performance`. */
  readonly deadlineMs: number;
}

async function serve(serving: Serving): Promise<void> {
  const { req, res, body, engine, deadlineMs } = serving;
  const url = await engine.ready(Math.max(0, deadlineMs - performance.now()));
  if (res.destroyed) return;
  if (url === null) return refuse(res, 503, 'engine_not_ready', reasonOf(engine));
  forward({ req, res, body, url }, ({ unreached }) => {
    // It died just now, before anyone noticed: the call waits for the one after it.
    if (unreached) {
      engine.gone(url);
      serve(serving).catch(() => res.destroy());
      return;
    }
    // Whoever is told so may ask again at once, and must not meet the one that is dying.
    void engine.ended(url, MOST_DYING_MS).then(() => {
      if (res.destroyed) return;
      refuse(
        res,
        503,
        'engine_stopped',
        `The engine of ${engine.model} stopped while it worked on this call.`,
      );
    });
  });
}

function stateOf(engine: EngineProcess): object {
  const { state, message, restarts, report } = engine.state();
  return { model: engine.model, state, message, restarts, report };
}

/** With one engine there is nothing to choose, and no reason to look into the body: the engine checks the name itself. */
function engineFor(body: Buffer, engines: readonly EngineProcess[]): EngineProcess | undefined {
  if (engines.length === 1) return engines[0];
  try {
    const request: unknown = JSON.parse(body.toString('utf8'));
    const name = isObject(request) ? request['model'] : undefined;
    return engines.find(({ model }) => model === name);
  } catch {
    return undefined;
  }
}

function reasonOf(engine: EngineProcess): string {
  const { state, message } = engine.state();
  const why = message === null ? '' : ` ${message}`;
  switch (state) {
    case 'refused':
      return `The engine can not serve ${engine.model}:${why}`;
    case 'restarting':
      return `The engine of ${engine.model} is being started again; try again in some seconds.${why}`;
    case 'stopped':
      return `The engine of ${engine.model} is shut down.`;
    case 'starting':
    case 'ready':
      return `The engine of ${engine.model} is starting; try again in some seconds.`;
  }
}

async function readBody(req: IncomingMessage, mostBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function refuse(res: ServerResponse, status: number, code: string | null, message: string): void {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  json(res, status, { error: { message, type, param: null, code } });
}

function json(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...(status === 503 && { 'retry-after': '1' }),
  });
  res.end(text);
}
