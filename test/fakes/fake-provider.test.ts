import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHold, PROVIDER_APIS, startFakeProvider } from './index.ts';
import type { FakeProvider } from './index.ts';
import { nativeRequest } from './native-requests.ts';

async function ask(fake: FakeProvider, stream: boolean, signal?: AbortSignal): Promise<Response> {
  const { path, headers, body } = nativeRequest(fake.api, 'say exactly: one two three four five six', stream);
  return fetch(fake.origin + path, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

describe.each(PROVIDER_APIS)('the fake %s', (api) => {
  let fake: FakeProvider;
  beforeAll(async () => {
    fake = await startFakeProvider({ api });
  });
  afterAll(() => fake.close());
  beforeEach(() => fake.reset());

  it('answers and remembers what it got, byte for byte', async () => {
    const response = await ask(fake, false);
    expect(await response.text()).toContain('one two three four five six');
    expect(fake.requests).toHaveLength(1);
    const { body, path } = nativeRequest(api, 'say exactly: one two three four five six', false);
    expect(fake.requests[0]?.body.toString()).toBe(JSON.stringify(body));
    expect(fake.requests[0]?.url).toBe(path);
    await fake.requests[0]?.over;
    expect(fake.requests[0]?.aborted).toBe(false);
  });

  it('fails with a status, its headers and the words of the provider, once', async () => {
    fake.failNext({ kind: 'status', status: 429, headers: { 'retry-after': '7' } });
    const response = await ask(fake, false);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await response.json()).toMatchObject({ error: { message: 'simulated error 429' } });
    expect((await ask(fake, false)).status).toBe(200);
  });

  it('cuts the connection, before the head or in the middle', async () => {
    fake.failNext({ kind: 'cut', afterChunks: 0 }, { kind: 'cut', afterChunks: 2 });
    await expect(ask(fake, true)).rejects.toThrow();
    const response = await ask(fake, true);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('ends early and cleanly, or in garbage', async () => {
    const clean = await (await ask(fake, true)).text();
    fake.failNext(
      { kind: 'truncate', afterChunks: 2 },
      { kind: 'garbage', afterChunks: 1, bytes: 'data: {{{\n\n' },
    );
    const early = await (await ask(fake, true)).text();
    expect(early.length).toBeGreaterThan(0);
    expect(early.length).toBeLessThan(clean.length);
    expect((await (await ask(fake, true)).text()).endsWith('data: {{{\n\n')).toBe(true);
  });

  it('lies about its content type', async () => {
    fake.failNext({ kind: 'content-type', value: 'text/html', body: '<html>' });
    const response = await ask(fake, false);
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/html', '<html>']);
  });

  it('never ends, until the client leaves', async () => {
    fake.failNext({ kind: 'endless', afterChunks: 1 });
    const leave = new AbortController();
    const response = await ask(fake, true, leave.signal);
    let bytes = 0;
    await expect(async () => {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        bytes += chunk.byteLength;
        if (bytes > 300_000) leave.abort();
      }
    }).rejects.toThrow();
    await fake.requests[0]?.over;
    expect(fake.requests[0]?.aborted).toBe(true);
  });

  it('says nothing, until the client leaves', async () => {
    fake.failNext({ kind: 'silence' });
    await expect(ask(fake, true, AbortSignal.timeout(50))).rejects.toThrow();
    await expect.poll(() => fake.requests[0]?.aborted).toBe(true);
  });

  it('lets the test drive an answer step by step', async () => {
    const hold = createHold();
    fake.failNext({ kind: 'hold', hold });
    const coming = ask(fake, true);
    await hold.arrived;
    hold.release();
    const reader = (await coming).body!.getReader();
    hold.release();
    const first = await reader.read();
    expect(first.done).toBe(false);
    let second = false;
    const later = reader.read().then((read) => {
      second = true;
      return read;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(second).toBe(false);
    hold.releaseAll();
    expect((await later).done).toBe(false);
    while (!(await reader.read()).done);
  });
});
