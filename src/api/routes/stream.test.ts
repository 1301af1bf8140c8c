import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { ListedCall } from '../../store/index.ts';
import { openApi } from '../testing/ask.contract.ts';
import { fakeLedger } from '../testing/fake-deps.contract.ts';
import { listedCall } from '../testing/record.contract.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

it('GET /api/v1/calls/stream tells calls that match as they finish, through a server that is not Fastify’s', async () => {
  const waiting: ListedCall[] = [];
  let asked = 0;
  const ledger = {
    ...fakeLedger(),
    tail: async () => {
      asked += 1;
      return { mark: '1', calls: waiting.splice(0) };
    },
  };
  const app = await openApi({ ledger });
  server = createServer((req, res) => app.routing(req, res)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const leave = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/calls/stream?team=search&lever=cache`, {
    signal: leave.signal,
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const savings = { cache: '0.100000' };
  waiting.push(
    listedCall({ team: 'other', savings }),
    listedCall({ user: 'me', savings }),
    listedCall({ user: 'without' }),
  );

  let text = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes('data:')) break;
  }
  const data = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}') as ListedCall;
  expect(data).toMatchObject({ user: 'me', team: 'search' });
  expect(data).not.toHaveProperty('decisions');
  expect(text.match(/^event: call$/gm)).toHaveLength(1);

  leave.abort();
  await new Promise((resolve) => setTimeout(resolve, 700));
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(asked).toBe(before);
});

it('refuses bad filters before the stream begins', async () => {
  const app = await openApi();
  const answer = await app.inject({ url: '/api/v1/calls/stream?limit=5', headers: { host: 'localhost' } });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ error: { path: 'query.limit' } });
});
