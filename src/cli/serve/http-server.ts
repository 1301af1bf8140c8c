import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const MOST_HEADER_BYTES = 16 * 1024;
const MOST_HEADERS = 256;
const HEADERS_MS = 15_000;
/** Longer than load balancers keep idle connections, so that they close first and never send into a closed one. */
const KEEP_ALIVE_MS = 75_000;
const CHECK_MS = 5_000;

export interface Front {
  readonly gateway: {
    handles(url: string): boolean;
    handle(req: IncomingMessage, res: ServerResponse): void;
  };
  /** Answers everything that is not the gateway's. */
  readonly api: { routing(req: IncomingMessage, res: ServerResponse): void };
  /** Milliseconds in which a whole request must have arrived. */
  readonly requestMs: number;
}

/** One HTTP server for both the gateway and the management API, with bounds on what a client may make it hold. */
export function createFrontServer({ gateway, api, requestMs }: Front): Server {
  const answers = new WeakMap<Duplex, ServerResponse>();
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: Math.min(HEADERS_MS, requestMs),
      requestTimeout: requestMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(CHECK_MS, requestMs),
    },
    (req, res) => {
      answers.set(req.socket, res);
      if (req.rawHeaders.length > 2 * MOST_HEADERS) refuseHeaders(res);
      else if (gateway.handles(req.url ?? '/')) gateway.handle(req, res);
      else api.routing(req, res);
    },
  );
  // By itself Node drops headers beyond a count in silence, credentials among them.
  server.maxHeadersCount = 0;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const begun = answers.get(socket)?.headersSent === true;
    if (socket.writable && !begun && error.code !== 'ECONNRESET') socket.write(refusal(error.code));
    socket.destroy();
  });
  return server;
}

function refuseHeaders(res: ServerResponse): void {
  const headers = { connection: 'close', 'content-type': 'application/json; charset=utf-8' };
  res.writeHead(431, headers).end(problem(`The request has more than ${MOST_HEADERS} headers.`));
}

function problem(message: string): string {
  return JSON.stringify({ error: { code: 'invalid_request', message } });
}

/** The answer to what is no HTTP request, ready for the socket. */
function refusal(code: string | undefined): string {
  const { status, message } = reasonOf(code);
  const body = problem(message);
  return [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function reasonOf(code: string | undefined): { readonly status: string; readonly message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: '431 Request Header Fields Too Large',
        message: `The request's headers are larger than ${MOST_HEADER_BYTES} bytes.`,
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: '408 Request Timeout',
        message: 'The request did not arrive in time; limits.requestMs in the configuration bounds it.',
      };
    default:
      return { status: '400 Bad Request', message: 'This is no HTTP/1.1 request.' };
  }
}
