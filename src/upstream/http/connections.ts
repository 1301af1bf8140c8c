import type { Socket } from 'node:net';
import { buildConnector, Pool } from 'undici';

/** Longest that an idle connection is kept for the next call, where the provider names no time. */
const KEEP_ALIVE_MS = 30_000;
/** Longer than any provider's response headers, short enough to bound memory. */
const MAX_HEADER_BYTES = 64 * 1024;

/** The connections to one provider: as many as there are calls at once, kept alive in between. */
export function connectionsTo(origin: string, connectMs: number): Pool {
  const connect = buildConnector({ timeout: connectMs, allowH2: false });
  return new Pool(origin, {
    connect: (options, callback) => {
      connect(options, (...result) => {
        const [, socket] = result;
        if (socket) renameResets(socket);
        callback(...result);
      });
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The exchange has its own, exact timers.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/**
 * A reset of a paused `connection: close` answer trips an assertion inside undici 7's own error listener and would end
 * the process. It looks at the code ECONNRESET only; under another name the error takes the ordinary way.
 */
function renameResets(socket: Socket): void {
  socket.prependListener('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET';
  });
}
