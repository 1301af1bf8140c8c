/** The yardstick: the least that a proxy on `node:http` and undici can do. Arguments: its port and the upstream's. */
import { createServer } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const [port, upstreamPort] = process.argv.slice(2);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 256, pipelining: 1 });

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const { authorization = '', 'content-type': contentType = 'application/json' } = req.headers;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {},
      onResponseStart: (_controller, status, headers) => {
        const kept = Object.entries(headers).filter(
          ([name]) => name !== 'connection' && name !== 'keep-alive',
        );
        res.writeHead(status, Object.fromEntries(kept) as Record<string, string>);
      },
      onResponseData: (_controller, chunk) => void res.write(chunk),
      onResponseEnd: () => void res.end(),
      onResponseError: () => void res.destroy(),
    };
    const headers = { authorization, 'content-type': contentType };
    const body = Buffer.concat(chunks);
    pool.dispatch({ method: 'POST', path: req.url ?? '/', headers, body }, handler);
  });
});

server.listen(Number(port), '127.0.0.1');
