import { Readable } from 'node:stream';

const HEARTBEAT_MS = 15_000;
const MOST_WAITING = 1_000;

/**
 * A server-sent event stream (WHATWG HTML, section 9.2) of what a source tells, until its reader leaves. A comment every
 * 15 s keeps proxies from closing it. A reader too slow for the source misses events rather than filling the memory.
 *
 * @param source is given the way to send data under an event name, and returns the way to stop
 */
export function eventStream(
  source: (send: (event: string, data: unknown) => void) => () => void,
  heartbeatMs = HEARTBEAT_MS,
): Readable {
  let waiting = 0;
  const stream = new Readable({
    highWaterMark: MOST_WAITING,
    read: () => {
      waiting = 0;
    },
    destroy: (error, done) => {
      clearInterval(heartbeat);
      stop();
      done(error);
    },
  });
  const heartbeat = setInterval(() => stream.push(': still here\n\n'), heartbeatMs);
  const stop = source((event, data) => {
    if (waiting >= MOST_WAITING) return;
    waiting += 1;
    stream.push(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  });
  stream.push(': connected\n\n');
  return stream;
}
