import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinyState, writeTinyEncoder } from '../../../test/tiny-encoder.ts';
import type { EmbedThread } from './embed-thread.ts';
import { createEmbedder, type EmbedderOptions } from './index.ts';

const DIMENSIONS = 8;
let folder: string;
let embedder: ReturnType<typeof createEmbedder>;

function open(options: Partial<EmbedderOptions> = {}): void {
  embedder = createEmbedder({ folder, dimensions: DIMENSIONS, restartMs: 0, ...options });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'encoder-'));
});

afterEach(async () => {
  await embedder.close();
  rmSync(folder, { recursive: true });
});

/** The mean of the tokens' states, of unit length. */
function meanOf(...tokens: readonly string[]): number[] {
  const states = ['[CLS]', ...tokens, '[SEP]'].map((token) => tinyState(token, DIMENSIONS));
  const sum = Array.from({ length: DIMENSIONS }, (_, d) =>
    states.reduce((total, state) => total + (state[d] ?? 0), 0),
  );
  const norm = Math.hypot(...sum);
  return sum.map((each) => each / norm);
}

function expectNear(vector: Float32Array | undefined, expected: readonly number[]): void {
  expect(vector?.length).toBe(expected.length);
  for (const [d, value] of expected.entries()) expect(vector?.[d]).toBeCloseTo(value, 5);
}

describe('embeddings', () => {
  it('are the mean of the tokens, of unit length, in the order of the texts', async () => {
    writeTinyEncoder(folder, DIMENSIONS);
    open();
    await embedder.ready();
    const texts = ['Cats sleep', 'running', 'DOGS run, cats sleep!', 'Cats  sleep', '', 'zebra'];
    const vectors = await embedder.embed(texts);
    expect(vectors).toHaveLength(texts.length);
    expectNear(vectors[0], meanOf('cats', 'sleep'));
    expectNear(vectors[1], meanOf('run', '##ning'));
    expectNear(vectors[2], meanOf('dogs', 'run', '[UNK]', 'cats', 'sleep', '[UNK]'));
    expectNear(vectors[3], meanOf('cats', 'sleep'));
    expectNear(vectors[4], meanOf());
    expectNear(vectors[5], meanOf('[UNK]'));
  });

  it('do not depend on what was asked besides, nor on what callers do with theirs', async () => {
    writeTinyEncoder(folder, DIMENSIONS);
    open();
    const all = Array.from({ length: 50 }, (_, n) => 'a '.repeat(n) + 'b');
    const [together, again] = await Promise.all([embedder.embed(all), embedder.embed(all)]);
    for (const [n, vector] of together.entries()) {
      expectNear(vector, meanOf(...Array.from({ length: n }, () => 'a'), 'b'));
      expect(again[n]).toEqual(vector);
      expect(again[n]).not.toBe(vector);
    }
    together[3]?.fill(0);
    expectNear((await embedder.embed(['a a a b']))[0], meanOf('a', 'a', 'a', 'b'));
    expect(await embedder.embed([])).toEqual([]);
  });

  it('are of the beginning of a text that is too long, however long it is', async () => {
    writeTinyEncoder(folder, DIMENSIONS);
    open({ mostTokens: 5 });
    const [exact, longer, huge] = await embedder.embed([
      'a b a',
      'a b a cats dogs',
      `a ${' '.repeat(100)}b a ${'cats '.repeat(1_000_000)}`,
    ]);
    expectNear(exact, meanOf('a', 'b', 'a'));
    expect(longer).toEqual(exact);
    expect(huge).toEqual(exact);
  });

  it('say how to get the model, and find it once it is there', async () => {
    open();
    await expect(embedder.ready()).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('infinite-llm models pull minilm') as string,
    });
    await expect(embedder.embed(['a'])).rejects.toThrow(folder);
    writeTinyEncoder(folder, DIMENSIONS);
    expectNear((await embedder.embed(['a']))[0], meanOf('a'));
  });

  it('say what is wrong with a model', async () => {
    writeTinyEncoder(folder, DIMENSIONS);
    writeFileSync(join(folder, 'model.onnx'), 'no model');
    open();
    await expect(embedder.embed(['a'])).rejects.toThrow(/cannot be opened: .*models pull minilm/s);
    writeTinyEncoder(folder, 4);
    await expect(embedder.embed(['a'])).rejects.toThrow('4 dimensions, not 8');
    writeFileSync(join(folder, 'tokenizer.json'), '{"model":{"type":"BPE"}}');
    await expect(embedder.embed(['a'])).rejects.toThrow(/cannot be opened/);
    writeTinyEncoder(folder, DIMENSIONS);
    await embedder.ready();
  });

  it('stop when nobody waits any more', async () => {
    writeTinyEncoder(folder, DIMENSIONS);
    open();
    const stopped = AbortSignal.abort(new Error('gone'));
    await expect(embedder.embed(['a'], stopped)).rejects.toThrow('gone');
    const stop = new AbortController();
    const many = embedder.embed(
      Array.from({ length: 500 }, (_, n) => `a ${n}`),
      stop.signal,
    );
    const few = embedder.embed(['b']);
    stop.abort(new Error('gone too'));
    await expect(many).rejects.toThrow('gone too');
    expectNear((await few)[0], meanOf('b'));
  });

  it('end with the gateway', async () => {
    writeTinyEncoder(folder, DIMENSIONS);
    open();
    await embedder.ready();
    const open_ = embedder.embed(Array.from({ length: 500 }, (_, n) => `b ${n}`));
    await Promise.all([expect(open_).rejects.toMatchObject({ code: 'not_ready' }), embedder.close()]);
    await expect(embedder.embed(['a'])).rejects.toThrow('shutting down');
    await embedder.close();
  });

  it('survive a thread that dies', async () => {
    writeTinyEncoder(folder, DIMENSIONS);
    const ends: (() => void)[] = [];
    let dies = true;
    const startThread = async (_data: unknown, onEnd: () => void): Promise<EmbedThread> => {
      ends.push(onEnd);
      return await Promise.resolve({
        dimensions: DIMENSIONS,
        run: async (texts) => {
          await Promise.resolve();
          if (dies) {
            onEnd();
            throw new Error('its thread ended with code 134');
          }
          return new Float32Array(texts.length * DIMENSIONS).fill(1);
        },
        close: async () => undefined,
      });
    };
    open({ startThread });
    await expect(embedder.embed(['a'])).rejects.toThrow(
      'Texts could not be embedded: its thread ended with code 134.',
    );
    dies = false;
    expect((await embedder.embed(['a']))[0]?.[0]).toBe(1);
    expect(ends).toHaveLength(2);
    await embedder.close();
    open({ startThread, restartMs: 60_000 });
    dies = true;
    await expect(embedder.embed(['a'])).rejects.toThrow('134');
    await expect(embedder.embed(['a'])).rejects.toThrow('a moment ago');
  });
});
