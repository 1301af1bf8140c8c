import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../core/secret.ts';
import type { ProviderSettings } from '../core/settings.ts';
import {
  type Answer,
  events,
  json,
  KEY,
  rawCall,
  rig,
  type Rig,
  send,
  serve,
  type TestServer,
  typesOf,
  usageOf,
} from './rig.contract.ts';

let server: TestServer;
let at: Rig;

async function start(answer: Answer, provider: Partial<ProviderSettings> = {}): Promise<Rig> {
  server = await serve(answer);
  at = rig([{ baseUrl: `${server.origin}/v1`, ...provider }]);
  return at;
}

afterEach(async () => {
  await server.close();
  await at.upstreams.close();
});

const TRANSCRIPT = {
  text: 'Hi',
  usage: { type: 'tokens', input_tokens: 14, input_token_details: { audio_tokens: 14 }, output_tokens: 45 },
};

describe('any other endpoint of a provider', () => {
  it('gets method, path, query and body as they came, with our key', async () => {
    const body = '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\n\u0001\u0002\r\n--x--';
    const base = rawCall('POST', '/audio/transcriptions?a=1&b=%20', body);
    const headers = { 'content-type': 'multipart/form-data; boundary=x', authorization: 'Bearer sk-illm-x' };
    const { wire, parts, error } = await send(await start((res) => json(res, 200, TRANSCRIPT)), {
      ...base,
      wire: { ...base.wire, headers },
    });
    expect(error).toBeNull();
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      url: '/v1/audio/transcriptions?a=1&b=%20',
      body,
    });
    expect(server.received[0]?.headers['content-type']).toBe(headers['content-type']);
    expect(server.received[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(wire).toBe(JSON.stringify(TRANSCRIPT));
    expect(usageOf(parts)).toEqual({ input: 14, inputAudio: 14, output: 45 });
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'other' });
  });

  it.each(['GET', 'DELETE', 'PATCH', 'HEAD'])('takes %s', async (method) => {
    const { error, parts } = await send(
      await start((res) => json(res, 200, {})),
      rawCall(method, '/files/f', ''),
    );
    expect(error).toBeNull();
    expect(server.received[0]).toMatchObject({ method, url: '/v1/files/f', body: '' });
    expect(parts[0]).toMatchObject({ type: 'head', status: 200 });
  });

  it('understands a version that the base URL has already', async () => {
    await send(await start((res) => json(res, 200, {})), rawCall('GET', '/v1/files', ''));
    expect(server.received[0]?.url).toBe('/v1/files');
  });

  it('passes redirects on instead of following them', async () => {
    const call = rawCall('GET', '/files/f/content', '');
    const { parts, error } = await send(
      await start((res) => void res.writeHead(302, { location: 'http://127.0.0.1:1/secret' }).end()),
      call,
    );
    expect(error).toBeNull();
    expect(parts[0]).toMatchObject({
      type: 'head',
      status: 302,
      headers: { location: 'http://127.0.0.1:1/secret' },
    });
    expect(server.received).toHaveLength(1);
  });

  it('passes binary answers on as they come', async () => {
    const sound = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 256));
    const { parts } = await send(
      await start((res) => void res.writeHead(200, { 'content-type': 'audio/mpeg' }).end(sound)),
      rawCall('POST', '/audio/speech', '{}'),
    );
    const got = Buffer.concat(parts.flatMap((part) => (part.type === 'wire' ? part.chunks : [])));
    expect(got.equals(sound)).toBe(true);
    expect(usageOf(parts)).toBeNull();
  });

  it('reads usage from events', async () => {
    const done = {
      type: 'speech.audio.done',
      usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 },
    };
    const { parts, wire } = await send(
      await start((res) => (events(res, { type: 'speech.audio.delta', audio: 'AA' }, done), void res.end())),
      rawCall('POST', '/audio/speech', '{}'),
    );
    expect(usageOf(parts)).toEqual({ input: 14, output: 101, outputAudio: 101 });
    expect(wire).toContain('speech.audio.delta');
  });

  it('does not bill what is only read again', async () => {
    const { parts } = await send(
      await start((res) => json(res, 200, TRANSCRIPT)),
      rawCall('GET', '/responses/resp_1', ''),
    );
    expect(typesOf(parts)).toEqual(['head', 'wire', 'finish']);
  });

  it('gives errors as they came, and asks nobody to repeat what may have been done', async () => {
    const answer: Answer = (res) => json(res, 500, { error: { message: 'Broken' } });
    const posted = await send(await start(answer), rawCall('POST', '/images/generations', '{}'));
    expect(posted.error).toMatchObject({ code: 'upstream_error', retryable: 'never', wire: { status: 500 } });
    expect((await send(at, rawCall('GET', '/files', ''))).error).toMatchObject({ retryable: 'same' });
  });

  it('may be tried again when the connection was refused', async () => {
    const gone = await start(() => undefined);
    await server.close();
    const { error } = await send(gone, rawCall('POST', '/images/generations', '{}'));
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: 'same' });
    server = await serve(() => undefined);
  });

  it.each(['/../admin', '/..%2f..%2fadmin', '//evil.example/x', '/a\\..\\b', '/x\r\nhost: evil'])(
    'is not to be found at %j',
    async (path) => {
      const { error } = await send(await start((res) => json(res, 200, {})), rawCall('GET', path, ''));
      expect(error).toMatchObject({ code: 'invalid_request' });
      expect(server.received).toEqual([]);
    },
  );

  it("gets a client's own credential only if it came in the way this provider wants it", async () => {
    const credential = new Secret('client-key-1');
    const base = rawCall('GET', '/files', '');
    const caller = { ...base.caller, credential };
    const keyless = { keys: [] };
    const bearer = {
      ...base,
      caller,
      wire: { ...base.wire, headers: { authorization: 'Bearer client-key-1' } },
    };
    const apiKey = { ...base, caller, wire: { ...base.wire, headers: { 'x-api-key': 'client-key-1' } } };
    await start((res) => json(res, 200, {}), keyless);
    expect((await send(at, apiKey)).error).toMatchObject({ code: 'unauthenticated' });
    expect((await send(at, bearer)).error).toBeNull();
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer client-key-1']);
  });
});
