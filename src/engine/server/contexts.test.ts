import { afterEach, describe, expect, it } from 'vitest';
import type { Contexts, SavedContext } from '../context/contexts.ts';
import { openRig, type Rig } from './engine-rig.contract.ts';
import { fakeEngine } from './fake-engine.contract.ts';

const SAVED: SavedContext = { name: 'abc', tokens: 128, bytes: 1000, rawBytes: 3333 };

function fakeContexts(): Contexts & { readonly asked: (readonly number[])[] } {
  const asked: (readonly number[])[] = [];
  return {
    asked,
    save: async (tokens) => {
      await Promise.resolve();
      asked.push(tokens);
      if (tokens.length < 64)
        throw new RangeError(`a text of ${tokens.length} tokens is too short: at least 64 are saved`);
      return SAVED;
    },
    load: async () => await Promise.resolve(0),
    list: async () => await Promise.resolve([SAVED]),
    remove: async (name) => await Promise.resolve(name === SAVED.name),
    close: async () => await Promise.resolve(),
  };
}

describe('contexts over HTTP', () => {
  let rig: Rig;
  afterEach(async () => await rig.close());
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${rig.url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('are saved from text, token ids or messages, listed and deleted', async () => {
    const contexts = fakeContexts();
    rig = await openRig(fakeEngine({ answer: () => 'ok' }), { contexts });
    const text = 'a long text '.repeat(10);
    expect(await ask('POST', '/engine/contexts', { prompt: text })).toEqual({
      status: 201,
      body: { ...SAVED, timesSmaller: 3.33 },
    });
    expect(contexts.asked[0]).toEqual([...Buffer.from(text)]);
    const tokens = Array.from({ length: 100 }, (_, i) => i);
    await ask('POST', '/engine/contexts', { prompt: tokens });
    expect(contexts.asked[1]).toEqual(tokens);
    await ask('POST', '/engine/contexts', { messages: [{ role: 'user', content: text }] });
    expect(contexts.asked[2]?.length).toBeGreaterThan(100);
    expect((await ask('GET', '/engine/contexts')).body).toEqual({
      contexts: [{ ...SAVED, timesSmaller: 3.33 }],
    });
    expect((await ask('DELETE', '/engine/contexts/abc')).body).toEqual({ deleted: true });
    expect((await ask('DELETE', '/engine/contexts/abcd')).status).toBe(404);
  });

  it('say what is wrong', async () => {
    rig = await openRig(fakeEngine({ answer: () => 'ok' }), { contexts: fakeContexts() });
    const short = await ask('POST', '/engine/contexts', { prompt: 'short' });
    expect(short).toMatchObject({
      status: 400,
      body: { error: { param: 'prompt', message: expect.stringContaining('5 tokens is too short') } },
    });
    expect((await ask('POST', '/engine/contexts', { prompt: ['two', 'texts'] })).status).toBe(400);
    expect((await ask('PUT', '/engine/contexts')).status).toBe(405);
  });

  it('are not there when the engine was started without', async () => {
    rig = await openRig(fakeEngine({ answer: () => 'ok' }));
    for (const [method, path] of [
      ['GET', '/engine/contexts'],
      ['POST', '/engine/contexts'],
      ['DELETE', '/engine/contexts/abc'],
    ] as const) {
      const { status, body } = await ask(method, path, method === 'POST' ? { prompt: 'x' } : undefined);
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: { message: expect.stringContaining('--contexts') } });
    }
  });
});
