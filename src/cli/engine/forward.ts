import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

export interface Forwarding {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The request's body, read already. */
  readonly body: Buffer;
  /** The server that answers. */
  readonly url: string;
}

/** Of one hop only, or written anew for the next. */
const OWN_HEADERS = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'host',
  'upgrade',
  'te',
]);

/**
 * Lets another server answer. When either side leaves, the other one is told at once.
 * @param onFailure when it ended before its answer began; `unreached` when nothing of the call came to it
 */
export function forward(
  { req, res, body, url }: Forwarding,
  onFailure: (how: { readonly unreached: boolean }) => void,
): void {
  const headers = passedOn(req.headers);
  const onward = request(new URL(req.url ?? '/', url), {
    method: req.method,
    headers: { ...headers, 'content-length': body.length },
    agent: false,
  });
  onward.on('response', (answer) => {
    res.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
    // Without it the first token of a stream would wait for the second.
    res.flushHeaders();
    // A broken answer stays broken: its client must not take it for a whole one.
    pipeline(answer, res, (error) => {
      if (error) res.destroy();
    });
  });
  onward.on('error', (error: NodeJS.ErrnoException) => {
    if (res.destroyed) return;
    if (res.headersSent) res.destroy();
    else onFailure({ unreached: error.code === 'ECONNREFUSED' });
  });
  res.on('close', () => onward.destroy());
  onward.end(body);
}

function passedOn(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}
