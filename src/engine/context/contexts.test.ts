import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kvLayout } from '../kv/layout.ts';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';
import { blockValues } from './block-values.ts';
import { type Contexts, openContexts, type PrefixHolder } from './contexts.ts';

const KV: KvShape = { layers: 2, heads: 4, kvHeads: 2, headDim: 16, type: 'bf16' };
const { blockBytes } = kvLayout(KV);
const BLOCKS = 6;
const TOKENS = Array.from({ length: BLOCKS * BLOCK_TOKENS + 7 }, (_, i) => i % 50);

/** Holds blocks of random KV, and what was put in. */
function fakeEngine() {
  const random = randomOf(5);
  const values = blockValues(KV);
  const count = BLOCK_TOKENS * KV.kvHeads * KV.headDim;
  const blocks = Array.from({ length: BLOCKS }, () =>
    values.write(
      Array.from({ length: KV.layers }, () => ({
        k: normals(count, 1, random),
        v: normals(count, 1, random),
      })),
    ),
  );
  const taken: Uint8Array[][] = [];
  let cached = 0;
  let room = true;
  let failAfter = Number.POSITIVE_INFINITY;
  const engine: PrefixHolder = {
    async *exportPrefix(tokens) {
      await Promise.resolve();
      for (let i = 0; i < tokens.length / BLOCK_TOKENS; i++) {
        if (i >= failAfter) throw new Error('the model failed');
        const block = blocks[i];
        if (block) yield block;
      }
    },
    async importPrefix(_tokens, given) {
      if (!room) return false;
      const all: Uint8Array[] = [];
      for await (const block of given) all.push(block);
      taken.push(all);
      return true;
    },
    cachedPrefix: () => cached,
  };
  return {
    engine,
    blocks,
    taken,
    set: (state: { cached?: number; room?: boolean; failAfter?: number }) => {
      cached = state.cached ?? cached;
      room = state.room ?? room;
      failAfter = state.failAfter ?? failAfter;
    },
  };
}

describe('contexts', () => {
  let directory: string;
  let fake: ReturnType<typeof fakeEngine>;
  let contexts: Contexts;
  let warnings: string[];
  const open = async (model = 'tiny'): Promise<Contexts> =>
    openContexts({
      directory,
      model,
      kv: KV,
      rope: { theta: 10_000, dims: KV.headDim, scaling: { kind: 'none' } },
      modelPath: null,
      blockBytes,
      engine: fake.engine,
      log: { info: () => {}, warn: (text) => warnings.push(text) },
    });
  const file = (): string => join(directory, readdirSync(directory)[0] ?? '');

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'contexts-'));
    fake = fakeEngine();
    warnings = [];
    contexts = await open();
  });
  afterEach(async () => {
    await contexts.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('are saved by whole blocks, smaller than they were, and loaded again nearly the same', async () => {
    const saved = await contexts.save(TOKENS);
    expect(saved).toMatchObject({ tokens: BLOCKS * BLOCK_TOKENS, rawBytes: BLOCKS * blockBytes });
    expect(saved.bytes).toBeLessThan(saved.rawBytes / 2);
    expect(await contexts.load([...TOKENS, 1, 2])).toBe(saved.tokens);
    const [loaded = []] = fake.taken;
    expect(loaded).toHaveLength(BLOCKS);
    const values = blockValues(KV);
    loaded.forEach((block, i) => {
      const before = values.read(fake.blocks[i] ?? block);
      for (const [layer, { k, v }] of values.read(block).entries()) {
        for (const [a, b] of [
          [k, before[layer]?.k],
          [v, before[layer]?.v],
        ] as const) {
          const error = Math.sqrt(a.reduce((sum, x, j) => sum + (x - (b?.[j] ?? 0)) ** 2, 0) / a.length);
          expect(error).toBeGreaterThan(0);
          expect(error).toBeLessThan(0.12);
        }
      }
    });
  });

  it('outlive the process, and are only for texts of the same model that begin with them', async () => {
    const saved = await contexts.save(TOKENS);
    const again = await open();
    expect(await again.list()).toEqual([saved]);
    expect(await again.load(TOKENS.slice(0, 100))).toBe(0);
    expect(await again.load([9, ...TOKENS])).toBe(0);
    expect(await again.load(TOKENS)).toBe(saved.tokens);
    await again.close();
    const other = await open('another');
    expect(await other.list()).toEqual([]);
    await other.close();
  });

  it('are not loaded when the KV is there, or has no room', async () => {
    await contexts.save(TOKENS);
    fake.set({ room: false });
    expect(await contexts.load(TOKENS)).toBe(0);
    fake.set({ room: true, cached: BLOCKS * BLOCK_TOKENS });
    expect(await contexts.load(TOKENS)).toBe(0);
    expect(fake.taken).toEqual([]);
  });

  it('are loaded once for many who ask at once', async () => {
    await contexts.save(TOKENS);
    const loads = await Promise.all([contexts.load(TOKENS), contexts.load(TOKENS), contexts.load(TOKENS)]);
    expect(loads).toEqual(Array(3).fill(BLOCKS * BLOCK_TOKENS));
    expect(fake.taken).toHaveLength(1);
  });

  it('leave nothing behind when the engine fails, and refuse what is too short', async () => {
    fake.set({ failAfter: 2 });
    await expect(contexts.save(TOKENS)).rejects.toThrow('the model failed');
    await expect(contexts.save(TOKENS.slice(0, 10))).rejects.toThrow(RangeError);
    expect(readdirSync(directory)).toEqual([]);
    expect(await contexts.list()).toEqual([]);
  });

  it('that are damaged are left out with a warning', async () => {
    await contexts.save(TOKENS);
    const good = readFileSync(file());
    const bad = Buffer.from(good);
    bad[bad.length - 20] = bad.readUInt8(bad.length - 20) ^ 0xff;
    writeFileSync(file(), bad);
    expect(await contexts.load(TOKENS)).toBe(0);
    expect(warnings).toEqual([expect.stringContaining('could not be loaded')]);
    for (const length of [0, 5, 11, 40, 600]) {
      writeFileSync(file(), good.subarray(0, length));
      const again = await open();
      expect(await again.load(TOKENS)).toBe(0);
      await again.close();
    }
    expect(warnings.length).toBeGreaterThan(5);
  });

  it('of an earlier version are left out, with what to do', async () => {
    await contexts.save(TOKENS);
    const old = readFileSync(file());
    old.write('ILKV0001');
    writeFileSync(file(), old);
    const again = await open();
    expect(await again.list()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('cannot be used')]);
    await again.close();
  });

  it('are removed by name', async () => {
    const { name } = await contexts.save(TOKENS);
    expect(await contexts.remove('unknown')).toBe(false);
    expect(await contexts.remove(name)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
    expect(await contexts.load(TOKENS)).toBe(0);
  });
});
