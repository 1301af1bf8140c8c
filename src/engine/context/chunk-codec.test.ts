import { describe, expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';
import { blockValues, type LayerValues } from './block-values.ts';
import { chunkCodec, type KvModel } from './chunk-codec.ts';
import { keyRotation } from './key-rotation.ts';
import { relationOf } from './relations.ts';
import { SectionError } from './section.ts';
import { pairsOf } from './section-steps.ts';
import { EVEN_STEP, type Fineness, layerSteps } from './steps.ts';

const KV: KvShape = { layers: 1, heads: 2, kvHeads: 2, headDim: 16, type: 'bf16' };
const WIDTH = KV.kvHeads * KV.headDim;
const ROPE = { theta: 10_000, dims: KV.headDim, scaling: { kind: 'none' } } as const;
const MODEL: KvModel = { kv: KV, rope: ROPE, relations: null };
const EVEN: Fineness = { step: EVEN_STEP, table: null };

/** As trained models have them: of each head two pairs of channels are large, in keys and in queries. */
function sizeOf(channel: number): number {
  const pair = (channel % KV.headDim) % pairsOf(KV.headDim);
  return pair === 1 ? 6 : pair === 6 ? 3 : 0.5 + pair / 16;
}

/** Keys (rotated) and values of whole blocks. */
function layerOf(blocks: number, seed: number): LayerValues {
  const random = randomOf(seed);
  const count = blocks * BLOCK_TOKENS * WIDTH;
  const k = normals(count, 1, random).map((each, at) => each * sizeOf(at % WIDTH));
  const v = normals(count, 1, random);
  // One that says nothing: kept exactly.
  for (let at = 5 * WIDTH; at < 6 * WIDTH; at++) v[at]! *= 0.01;
  keyRotation(KV, ROPE).apply(k, 0);
  return { k, v };
}

function blocksOf({ k, v }: LayerValues): Uint8Array[] {
  const size = BLOCK_TOKENS * WIDTH;
  const values = blockValues(KV);
  return Array.from({ length: k.length / size }, (_, i) =>
    values
      .write([{ k: k.subarray(i * size, (i + 1) * size), v: v.subarray(i * size, (i + 1) * size) }])
      .slice(),
  );
}

function keysOf(blocks: readonly Uint8Array[]): Float32Array {
  const values = blockValues(KV);
  const parts = blocks.map((block) => values.read(block)[0]!.k);
  const all = Float32Array.from(parts.flatMap((part) => [...part]));
  keyRotation(KV, ROPE).undo(all, 0);
  return all;
}

describe('a chunk of a model that was not measured', () => {
  it('loses less of what queries see than with even steps, at the same size', () => {
    const given = layerOf(4, 1);
    const blocks = blocksOf(given);
    const still = keysOf(blocks);
    const { k, v } = layerSteps(0, { k: still, v: given.v }, KV, EVEN);
    const flat: Fineness = {
      step: 1,
      table: { heads: Float32Array.of(...k, ...v), pairs: new Int8Array(KV.kvHeads * pairsOf(KV.headDim)) },
    };
    const lossOf = (fineness: Fineness): { bytes: number; loss: number } => {
      const codec = chunkCodec(MODEL, fineness);
      const bytes = codec.encode(blocks, 0);
      const back = keysOf(codec.decode(bytes, blocks.length, 0));
      // Of queries that are large where keys are.
      const loss = back.reduce((sum, each, at) => sum + (sizeOf(at % WIDTH) * (each - still[at]!)) ** 2, 0);
      return { bytes: bytes.length, loss };
    };
    const [own, even] = [lossOf(EVEN), lossOf(flat)];
    expect(own.loss).toBeLessThan(0.7 * even.loss);
    expect(own.bytes).toBeLessThan(1.02 * even.bytes);
  });
});

describe('a codec', () => {
  const random = randomOf(9);
  const size = 2 * WIDTH;
  const rows = normals(size * size, 1, random);
  const covariance = Float64Array.from({ length: size * size }, (_, at) => {
    const [a, b] = [Math.floor(at / size), at % size];
    let sum = 0;
    for (let i = 0; i < size; i++) sum += rows[a * size + i]! * rows[b * size + i]!;
    return sum / size;
  });
  const relation = relationOf(covariance, size);
  const related: KvModel = { ...MODEL, relations: { of: () => relation } };

  it('makes the same bytes and the same blocks, whatever it did before', () => {
    const used = chunkCodec(related, EVEN);
    const long = blocksOf(layerOf(9, 2));
    const short = blocksOf(layerOf(2, 3));
    const first = used.encode(short, 0);
    const decoded = used.decode(first, short.length, 0);
    used.decode(used.encode(long, 0), long.length, 0);
    expect(used.encode(short, 0)).toEqual(first);
    expect(used.decode(first, short.length, 0)).toEqual(decoded);
    const fresh = chunkCodec(related, EVEN);
    expect(fresh.encode(short, 0)).toEqual(first);
    expect(fresh.decode(first, short.length, 0)).toEqual(decoded);
  });

  it('refuses what is damaged, or gives some blocks, and is as good afterwards', () => {
    const codec = chunkCodec(related, EVEN);
    const blocks = blocksOf(layerOf(2, 4));
    const good = codec.encode(blocks, 0);
    const decoded = codec.decode(good, blocks.length, 0);
    const damage = randomOf(5);
    let refused = 0;
    for (let round = 0; round < 150; round++) {
      const bad = good.slice();
      const at = Math.floor(damage() * bad.length);
      bad[at] = bad[at]! ^ (1 + Math.floor(damage() * 255));
      try {
        expect(codec.decode(bad, blocks.length, 0)).toHaveLength(blocks.length);
      } catch (error) {
        expect(error).toBeInstanceOf(SectionError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(codec.decode(good, blocks.length, 0)).toEqual(decoded);
  });
});
