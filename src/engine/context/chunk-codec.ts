import type { RopeSpec } from '../models/model.ts';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';
import { blockValues, type BlockValues, type LayerValues } from './block-values.ts';
import { decodeSection, encodeSection, SectionError, SINKS, spread } from './channel-codec.ts';
import { keyRotation, type KeyRotation } from './key-rotation.ts';

/**
 * Quantisation steps relative to the spread of a layer's keys or values. Errors of early layers go through all the others, so
 * those are kept finer.
 */
export interface Fineness {
  readonly k: number;
  readonly v: number;
  /** Factor of the first layer's steps; it grows evenly to 1 at the middle of the model. */
  readonly firstLayer: number;
}

/** See docs/engine.md for what coarser ones save and cost (benchmarks/engine/context.ts). */
export const USUAL_FINENESS: Fineness = { k: 0.1, v: 0.1, firstLayer: 1 };

/** What of a model tells how its KV is compressed. */
export interface KvModel {
  readonly kv: KvShape;
  readonly rope: RopeSpec;
}

/** A few blocks, compressed together. One after the other each layer's K and V, with their lengths before them. */
export interface ChunkCodec {
  /** @param start position of the first token */
  encode(blocks: readonly Uint8Array[], start: number): Uint8Array<ArrayBuffer>;
  /** @throws SectionError when these are no bytes of so many blocks of this shape */
  decode(bytes: Uint8Array, blocks: number, start: number): Uint8Array[];
}

export function chunkCodec({ kv, rope }: KvModel, fineness: Fineness = USUAL_FINENESS): ChunkCodec {
  const values = blockValues(kv);
  const rotation = keyRotation(kv, rope);
  return {
    encode: (blocks, start) => encodeChunk(kv, values, rotation, fineness, blocks, start),
    decode: (bytes, blocks, start) => decodeChunk(kv, values, rotation, bytes, blocks, start),
  };
}

function encodeChunk(
  kv: KvShape,
  values: BlockValues,
  rotation: KeyRotation,
  fineness: Fineness,
  blocks: readonly Uint8Array[],
  start: number,
): Uint8Array<ArrayBuffer> {
  const read = blocks.map((block) => values.read(block));
  const sections: Uint8Array[] = [];
  for (let layer = 0; layer < kv.layers; layer++)
    for (const kind of ['k', 'v'] as const) {
      const section = {
        values: joined(read.map((layers) => layers[layer]![kind])),
        tokens: blocks.length * BLOCK_TOKENS,
        channels: kv.kvHeads * kv.headDim,
        exact: exactOf(start),
      };
      if (kind === 'k') rotation.undo(section.values, start);
      const step = spread(section) * fineness[kind] * finer(layer, kv.layers, fineness.firstLayer);
      sections.push(encodeSection(section, step));
    }
  const out = new Uint8Array(sections.reduce((sum, { length }) => sum + 4 + length, 0));
  let at = 0;
  for (const section of sections) {
    new DataView(out.buffer).setUint32(at, section.length, true);
    out.set(section, at + 4);
    at += 4 + section.length;
  }
  return out;
}

function decodeChunk(
  kv: KvShape,
  values: BlockValues,
  rotation: KeyRotation,
  bytes: Uint8Array,
  count: number,
  start: number,
): Uint8Array[] {
  const channels = kv.kvHeads * kv.headDim;
  const shape = { tokens: count * BLOCK_TOKENS, channels, exact: exactOf(start) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (): Float32Array => {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > bytes.length) throw new SectionError('the compressed chunk ends too early');
    const section = decodeSection(bytes.subarray(at + 4, at + 4 + length), shape);
    at += 4 + length;
    return section;
  };
  const layers = Array.from({ length: kv.layers }, (): LayerValues => {
    const k = next();
    rotation.apply(k, start);
    return { k, v: next() };
  });
  const size = BLOCK_TOKENS * channels;
  return Array.from({ length: count }, (_, index) =>
    values.write(
      layers.map(({ k, v }) => ({
        k: k.subarray(index * size, (index + 1) * size),
        v: v.subarray(index * size, (index + 1) * size),
      })),
    ),
  );
}

function exactOf(start: number): number {
  return start === 0 ? SINKS : 0;
}

function finer(layer: number, layers: number, first: number): number {
  const half = Math.max(1, layers / 2);
  return Math.min(1, first + ((1 - first) * layer) / half);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
