import { afterEach, describe, expect, it } from 'vitest';
import { kvLayout } from '../kv/layout.ts';
import {
  type AttentionShard,
  BLOCK_TOKENS,
  type KvShape,
  type KvType,
  type Partials,
  type ShardJob,
  ShardLostError,
} from '../ports.ts';
import { finishPartials } from './partials.ts';
import { attention, rounded } from './reference.ts';

export interface ContractOptions {
  /** Opens a shard of exactly so many blocks. */
  readonly open: (kv: KvShape, blocks: number) => Promise<AttentionShard>;
}

/** Of the root mean square of a row's error to that of the row. */
const TOLERANCE: Record<KvType, number> = { bf16: 1e-5, int8: 1e-4 };
const shape = (part: Partial<KvShape>): KvShape => ({
  layers: 2,
  heads: 6,
  kvHeads: 2,
  headDim: 64,
  type: 'bf16',
  ...part,
});

/** What holds of every AttentionShard, wherever its memory is. */
export function attentionShardContract(name: string, { open }: ContractOptions): void {
  const opened: AttentionShard[] = [];
  const shardOf = async (kv: KvShape, blocks: number): Promise<AttentionShard> => {
    const shard = await open(kv, blocks);
    opened.push(shard);
    return shard;
  };

  describe(`${name}, as an attention shard`, () => {
    afterEach(async () => {
      for (const shard of opened.splice(0)) await shard.close();
    });

    const heads = { MHA: [4, 4], GQA: [6, 2], 'GQA of 7': [14, 2], MQA: [5, 1] } as const;
    const shapes = [
      ...Object.entries(heads).map(([kind, [queries, kvHeads]]) => ({ kind, queries, kvHeads, headDim: 64 })),
      ...[16, 32, 80, 96, 128, 20].map((headDim) => ({ kind: 'GQA', queries: 6, kvHeads: 2, headDim })),
    ];
    for (const type of ['bf16', 'int8'] as const)
      for (const { kind, queries, kvHeads, headDim } of shapes)
        it(`attends like fp64: ${type}, ${kind}, heads of ${headDim}`, async () => {
          const kv = shape({ heads: queries, kvHeads, headDim, type });
          const shard = await shardOf(kv, 4);
          const cache = await filled(shard, Int32Array.of(2, 0, 3), 150);
          await check(shard, 1, [{ firstRow: 0, rowCount: 1, blocks: cache.blocks, tokens: 150 }], [cache]);
        });

    for (const type of ['bf16', 'int8'] as const)
      for (const rows of [2, 5, 17, 40])
        it(`attends for ${rows} rows at once: ${type}`, async () => {
          const shard = await shardOf(shape({ type }), 4);
          const cache = await filled(shard, Int32Array.of(3, 1, 2), 131);
          await check(
            shard,
            rows,
            [{ firstRow: 0, rowCount: rows, blocks: cache.blocks, tokens: 131 }],
            [cache],
          );
        });

    it('does several jobs in a step, and gives rows without tokens nothing', async () => {
      const shard = await shardOf(shape({}), 6);
      const first = await filled(shard, Int32Array.of(4, 1), 65);
      const second = await filled(shard, Int32Array.of(0, 5, 2), 192);
      const none = { blocks: new Int32Array(), k: [], v: [] };
      const jobs = [
        { firstRow: 1, rowCount: 1, blocks: first.blocks, tokens: 65 },
        { firstRow: 5, rowCount: 18, blocks: second.blocks, tokens: 192 },
        { firstRow: 2, rowCount: 3, blocks: second.blocks, tokens: 1 },
        { firstRow: 23, rowCount: 1, blocks: none.blocks, tokens: 0 },
      ];
      await check(shard, 25, jobs, [first, second, second, none]);
    });

    for (const type of ['bf16', 'int8'] as const)
      it(`keeps what stands in free slots out of every result: ${type}`, async () => {
        const kv = shape({ type, layers: 1 });
        const shard = await shardOf(kv, 1);
        await shard.writeBlock(0, new Uint8Array(kvLayout(kv).blockBytes).fill(0xff));
        for (const tokens of [1, 7, 8, 9, 31, 63]) {
          const cache = await filled(shard, Int32Array.of(0), tokens);
          for (const rows of [1, 3, 20])
            await check(
              shard,
              rows,
              [{ firstRow: 0, rowCount: rows, blocks: cache.blocks, tokens }],
              [cache],
            );
        }
      });

    it('sees the tokens of a step from the next step on, and may do a step again', async () => {
      const shard = await shardOf(shape({ type: 'int8' }), 2);
      const cache = await filled(shard, Int32Array.of(1, 0), 70);
      const before = await shard.readBlock(0);
      const again = await filled(shard, Int32Array.of(1, 0), 70);
      expect(await shard.readBlock(0)).toEqual(before);
      expect(again.k).toEqual(cache.k);
      const job = { firstRow: 0, rowCount: 1, blocks: cache.blocks, tokens: 70 };
      await check(shard, 1, [job], [cache]);
    });

    it('attends to the same KV after its blocks went elsewhere', async () => {
      const kv = shape({ headDim: 80, type: 'int8' });
      const [from, to] = [await shardOf(kv, 2), await shardOf(kv, 3)];
      const cache = await filled(from, Int32Array.of(0, 1), 100);
      const bytes = await from.readBlock(1);
      expect(bytes.byteLength).toBe(kvLayout(kv).blockBytes);
      await to.writeBlock(2, await from.readBlock(0));
      await to.writeBlock(0, bytes);
      expect(await to.readBlock(0)).toEqual(bytes);
      await check(to, 1, [{ firstRow: 0, rowCount: 1, blocks: Int32Array.of(2, 0), tokens: 100 }], [cache]);
    });

    it('refuses blocks, slots and rows that are not there, and goes on', async () => {
      const kv = shape({});
      const shard = await shardOf(kv, 2);
      const blocks = Int32Array.of(0);
      const writes = { blocks: new Int32Array(), slots: new Int32Array() };
      const job = (part: Partial<ShardJob>) => ({
        rows: 1,
        jobs: [{ firstRow: 0, rowCount: 1, blocks, tokens: 1, ...part }],
        writes,
      });
      expect(() => shard.begin(job({ blocks: Int32Array.of(2) }))).toThrow(RangeError);
      expect(() => shard.begin(job({ blocks: Int32Array.of(-1) }))).toThrow(RangeError);
      expect(() => shard.begin(job({ tokens: BLOCK_TOKENS + 1 }))).toThrow(RangeError);
      expect(() => shard.begin(job({ rowCount: 2 }))).toThrow(RangeError);
      const write = (block: number, slot: number) => ({
        rows: 0,
        jobs: [],
        writes: { blocks: Int32Array.of(block), slots: Int32Array.of(slot) },
      });
      expect(() => shard.begin(write(2, 0))).toThrow(RangeError);
      expect(() => shard.begin(write(0, BLOCK_TOKENS))).toThrow(RangeError);
      await expect(shard.readBlock(2)).rejects.toThrow(RangeError);
      await expect(shard.writeBlock(-1, new Uint8Array(kvLayout(kv).blockBytes))).rejects.toThrow(RangeError);
      await expect(shard.writeBlock(0, new Uint8Array(3))).rejects.toThrow(RangeError);
      const cache = await filled(shard, Int32Array.of(1), 3);
      await check(shard, 1, [{ firstRow: 0, rowCount: 1, blocks: Int32Array.of(1), tokens: 3 }], [cache]);
    });

    it('is lost once it is closed', async () => {
      const shard = await shardOf(shape({}), 1);
      await shard.close();
      const step = { rows: 0, jobs: [], writes: { blocks: new Int32Array(), slots: new Int32Array() } };
      expect(() => shard.begin(step)).toThrow(ShardLostError);
      await expect(shard.readBlock(0)).rejects.toThrow(ShardLostError);
      await expect(shard.writeBlock(0, new Uint8Array(1))).rejects.toThrow(ShardLostError);
      await shard.close();
    });
  });
}

interface Cache {
  readonly blocks: Int32Array;
  /** As the cache gives them back, [layers][tokens, kvHeads, headDim]. */
  readonly k: readonly Float32Array[];
  readonly v: readonly Float32Array[];
}

/** Appends `tokens` tokens to blocks in steps of uneven lengths. */
async function filled(shard: AttentionShard, blocks: Int32Array, tokens: number): Promise<Cache> {
  const { kv } = shard;
  const row = kv.kvHeads * kv.headDim;
  const layers = Array.from({ length: kv.layers }, (_, layer) => ({
    k: numbers(tokens * row, 1_000 * layer + tokens, 2),
    v: numbers(tokens * row, 1_000 * layer + 500 + tokens, 1),
  }));
  for (let from = 0, length = 1; from < tokens; from += length, length = length * 3 + 1) {
    const to = Math.min(tokens, from + length);
    const positions = Int32Array.from({ length: to - from }, (_, index) => from + index);
    shard.begin({
      rows: 0,
      jobs: [],
      writes: {
        blocks: positions.map((position) => blocks[Math.floor(position / BLOCK_TOKENS)] ?? -1),
        slots: positions.map((position) => position % BLOCK_TOKENS),
      },
    });
    layers.forEach(({ k, v }, layer) =>
      shard.append(layer, k.subarray(from * row, to * row), v.subarray(from * row, to * row)),
    );
    await shard.end().ready();
  }
  return {
    blocks,
    k: layers.map(({ k }) => roundedHeads(k, kv)),
    v: layers.map(({ v }) => roundedHeads(v, kv)),
  };
}

function roundedHeads(x: Float32Array, { headDim, type }: KvShape): Float32Array {
  const out = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += headDim) out.set(rounded(x.subarray(at, at + headDim), type), at);
  return out;
}

async function check(
  shard: AttentionShard,
  rows: number,
  jobs: readonly ShardJob[],
  caches: readonly Pick<Cache, 'k' | 'v'>[],
): Promise<void> {
  const { kv } = shard;
  const width = kv.heads * kv.headDim;
  shard.begin({ rows, jobs, writes: { blocks: new Int32Array(), slots: new Int32Array() } });
  for (let layer = 0; layer < kv.layers; layer++) {
    const q = numbers(rows * width, 5_000 + rows + layer, 2 / Math.sqrt(kv.headDim));
    const partials = await shard.attend(layer, q).ready();
    expect(partials.m.length).toBe(rows * kv.heads);
    const seen = new Set<number>();
    jobs.forEach(({ firstRow, rowCount, tokens }, index) => {
      const cut = tokens * kv.kvHeads * kv.headDim;
      const k = caches[index]?.k[layer]?.subarray(0, cut) ?? new Float32Array();
      const v = caches[index]?.v[layer]?.subarray(0, cut) ?? new Float32Array();
      for (let row = firstRow; row < firstRow + rowCount && tokens > 0; row++) {
        seen.add(row);
        checkRow(partials, row, attention(q.subarray(row * width, (row + 1) * width), k, v, kv), kv);
      }
    });
    for (let row = 0; row < rows; row++) if (!seen.has(row)) checkEmpty(partials, row, kv);
  }
  await shard.end().ready();
}

function checkRow(
  partials: Partials,
  row: number,
  want: ReturnType<typeof attention>,
  { heads, headDim, type }: KvShape,
): void {
  const out = new Float32Array(heads * headDim);
  finishPartials(rowOf(partials, row, heads, headDim), out);
  for (let head = 0; head < heads; head++) {
    const [m = 0, e = 0] = [partials.m[row * heads + head], partials.e[row * heads + head]];
    const [wantM = 0, wantE = 0] = [want.m[head], want.e[head]];
    expect(Math.abs(m + Math.log(e) - wantM - Math.log(wantE))).toBeLessThan(TOLERANCE[type]);
  }
  const error = want.out.reduce((sum, each, i) => sum + (each - (out[i] ?? 0)) ** 2, 0);
  const size = want.out.reduce((sum, each) => sum + each ** 2, 0);
  expect(Math.sqrt(error / size)).toBeLessThan(TOLERANCE[type]);
}

function checkEmpty(partials: Partials, row: number, { heads, headDim }: KvShape): void {
  const { m, e, ma } = rowOf(partials, row, heads, headDim);
  expect(m.every((each) => each === -Infinity)).toBe(true);
  expect(e.every((each) => each === 0)).toBe(true);
  expect(ma.every((each) => each === 0)).toBe(true);
}

function rowOf({ m, e, ma }: Partials, row: number, heads: number, headDim: number): Partials {
  return {
    m: m.slice(row * heads, (row + 1) * heads),
    e: e.slice(row * heads, (row + 1) * heads),
    ma: ma.slice(row * heads * headDim, (row + 1) * heads * headDim),
  };
}

/** Numbers between −size and size that are the same in every run (mulberry32). */
function numbers(length: number, seed: number, size: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return (((x ^ (x >>> 14)) >>> 0) / 2 ** 31 - 1) * size;
  });
}
