/**
 * The provider that all subjects are put before. Answers at once; streams send one chunk a tick, so that a proxy sees
 * each chunk arrive by itself, as from a real model. Prints its port.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER, streamEvents } from './payloads.ts';

const TICK_MS = 2;
const EVENTS = { plain: streamEvents(false), withUsage: streamEvents(true) };

interface Running {
  readonly res: ServerResponse;
  readonly events: readonly Buffer[];
  next: number;
}

const running = new Set<Running>();

setInterval(() => {
  for (const stream of running) {
    const chunk = stream.events[stream.next++];
    if (chunk) stream.res.write(chunk);
    if (stream.next < stream.events.length) continue;
    running.delete(stream);
    stream.res.end();
  }
}, TICK_MS);

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body = Buffer.concat(chunks);
    if (!body.includes('"stream":true') && !body.includes('"stream": true')) {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
      res.end(ANSWER);
      return;
    }
    const events = body.includes('include_usage') ? EVENTS.withUsage : EVENTS.plain;
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    const stream = { res, events, next: 0 };
    running.add(stream);
    res.on('close', () => running.delete(stream));
  });
});

server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
