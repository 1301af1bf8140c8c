import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../core/secret.ts';
import {
  type Answer,
  callOf,
  CHAT,
  completion,
  events,
  json,
  KEY,
  rig,
  type Rig,
  send,
  serve,
  type TestServer,
} from './rig.contract.ts';

const WHOLE = callOf('openai-chat', '/v1/chat/completions', CHAT);
const streamed = () => callOf('openai-chat', '/v1/chat/completions', { ...CHAT, stream: true });

let server: TestServer | null = null;
let at: Rig | null = null;

async function start(answer: Answer): Promise<Rig> {
  server = await serve(answer);
  at = rig([{ baseUrl: `${server.origin}/v1` }]);
  return at;
}

afterEach(async () => {
  await server?.close();
  await at?.upstreams.close();
  server = null;
  at = null;
});

describe('a key', () => {
  const echoing: [string, Answer][] = [401, 403, 429, 400, 500, 503].map((status) => [
    `HTTP ${status}`,
    (res, { headers }) =>
      json(
        res,
        status,
        { error: { message: `Wrong: ${headers.authorization}`, echo: headers } },
        { 'x-echo': String(headers.authorization), 'retry-after': '1' },
      ),
  ]);
  const others: [string, Answer][] = [
    [
      'a whole answer',
      (res, { headers }) => json(res, 200, completion, { 'x-echo': String(headers.authorization) }),
    ],
    ['a cut', (res) => void res.destroy()],
    [
      'garbage',
      (res, { headers }) =>
        void res
          .writeHead(200, { 'content-type': 'text/html', 'x-echo': String(headers.authorization) })
          .end('<html>'),
    ],
    [
      'an error in the stream',
      (res, { headers }) => (
        events(res, { error: { message: `Wrong: ${headers.authorization}` } }), void res.end()
      ),
    ],
  ];

  it.each([...echoing, ...others])('is in nothing that comes out after %s', async (_how, answer) => {
    const outcomes = [await send(await start(answer), WHOLE), await send(at!, streamed())];
    expect(server!.received[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    const shown = outcomes.flatMap(({ parts, error: thrown }) => [
      JSON.stringify(parts),
      thrown?.message,
      String(thrown?.stack),
      String(thrown?.cause),
      Buffer.from(thrown?.wire?.body ?? []).toString(),
      JSON.stringify(thrown?.wire?.headers),
    ]);
    const all = [...shown, ...at!.logged, JSON.stringify(at!.upstreams.health())].join('\n');
    expect(all).not.toContain('sk-secret');
    expect(all).toContain(new Secret(KEY).fingerprint);
  });
});
