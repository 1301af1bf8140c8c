import type { RopeSpec } from '../models/model.ts';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';
import { fromBf16, toBf16 } from './bf16.ts';
import { blockValues, type LayerValues } from './block-values.ts';
import { gather, type HeadGroup, headGroups, scatter } from './head-groups.ts';
import { keyRotation } from './key-rotation.ts';
import { decodeFactors, encodeFactors } from './factor-bytes.ts';
import { NO_FACTORS, rankFor } from './factors.ts';
import { factorsOf, mixingWith, transposed } from './mixing.ts';
import { openProducts, type Products } from './products.ts';
import type { Relations } from './relations.ts';
import { decodeSection, encodeSection, SectionError } from './section.ts';
import { pairsOf } from './section-steps.ts';
import { sinks } from './sinks.ts';
import { EVEN_STEP, type Fineness, layerSteps } from './steps.ts';

/** Blocks compressed together: more share what is said of a channel, fewer are sooner in place. */
export const CHUNK_BLOCKS = 16;

/** What of a model tells how its KV is compressed. */
export interface KvModel {
  readonly kv: KvShape;
  readonly rope: RopeSpec;
  /** Null: channels are coded as if they told nothing of each other. Reader and writer must have the same. */
  readonly relations: Relations | null;
}

/** A few blocks, compressed together: layer after layer its groups of heads, each a section with its length before it. */
export interface ChunkCodec {
  /** @param start position of the first token */
  encode(blocks: readonly Uint8Array[], start: number): Uint8Array<ArrayBuffer>;
  /** @throws SectionError when these are no bytes of so many blocks of this shape */
  decode(bytes: Uint8Array, blocks: number, start: number): Uint8Array[];
}

export function chunkCodec(
  { kv, rope, relations }: KvModel,
  fineness: Fineness = { step: EVEN_STEP, table: null },
): ChunkCodec {
  const values = blockValues(kv);
  const rotation = keyRotation(kv, rope);
  const groups = headGroups(kv);
  const { headDim } = kv;
  const perHead = pairsOf(headDim);
  const size = BLOCK_TOKENS * kv.kvHeads * headDim;
  let opened: Products | null = null;
  const products = (): Products => (opened ??= openProducts());

  let room = new Float32Array(0);
  const roomFor = (count: number): Float32Array => {
    if (room.length < count) room = new Float32Array(count);
    return room;
  };

  function encodeLayer(layer: number, given: LayerValues, start: number): Uint8Array[] {
    const exact = sinks(given.v, kv.kvHeads * headDim, start === 0);
    const still = { k: given.k.slice(), v: given.v };
    rotation.undo(still.k, start);
    const steps = layerSteps(layer, still, kv, fineness);
    return groups.flatMap((group, index) => {
      const { firstHead, heads, channels } = group;
      const of = (each: readonly number[]) => each.slice(firstHead, firstHead + heads);
      const pairs = steps.pairs.subarray(firstHead * perHead, (firstHead + heads) * perHead);
      const own = gather(still, kv, group);
      const section = { values: own, tokens: own.length / channels, channels, headDim };
      const relation = relations?.of(layer, index) ?? null;
      const found = relation
        ? encodeFactors(factorsOf(own, exact, relation, rankFor(section.tokens), products()))
        : new Uint8Array(0);
      // As the reader will have them.
      const factors = relation ? decodeFactors(reader(found), rankFor(section.tokens), channels) : NO_FACTORS;
      const mixing = relation && mixingWith(relation, factors, products());
      const bytes = encodeSection(
        section,
        mixing,
        { runs: [...of(steps.k), ...of(steps.v)], pairs },
        exact,
        products().turned,
      );
      return [found, uint32(bytes.length), bytes, exactBytes(gather(given, kv, group), exact, channels)];
    });
  }

  function decodeLayer(layer: number, next: Reader, tokens: number, start: number): LayerValues {
    const out = {
      k: new Float32Array((tokens * size) / BLOCK_TOKENS),
      v: new Float32Array((tokens * size) / BLOCK_TOKENS),
    };
    const exactly: { group: HeadGroup; exact: readonly number[]; bytes: Uint8Array }[] = [];
    for (const [index, group] of groups.entries()) {
      const { channels } = group;
      const relation = relations?.of(layer, index) ?? null;
      const factors = relation ? decodeFactors(next, rankFor(tokens), channels) : NO_FACTORS;
      const { news, exact } = decodeSection(
        next(uint32At(next(4))),
        { tokens, channels, headDim },
        roomFor(tokens * channels),
      );
      exactly.push({ group, exact, bytes: next(2 * exact.length * channels) });
      const own = relation
        ? products().turned(news, mixingWith(relation, factors, products()), channels)
        : transposed(news, channels);
      scatter(own, kv, group, out);
    }
    rotation.apply(out.k, start);
    for (const { group, exact, bytes } of exactly) putExact(bytes, exact, kv, group, out);
    return out;
  }

  return {
    encode(blocks, start) {
      const read = blocks.map((block) => values.read(block));
      const parts: Uint8Array[] = [];
      for (let layer = 0; layer < kv.layers; layer++) {
        const all = { k: joined(read.map((of) => of[layer]!.k)), v: joined(read.map((of) => of[layer]!.v)) };
        parts.push(...encodeLayer(layer, all, start));
      }
      return new Uint8Array(Buffer.concat(parts));
    },
    decode(bytes, count, start) {
      const next = reader(bytes);
      const layers = Array.from({ length: kv.layers }, (_, layer) =>
        decodeLayer(layer, next, count * BLOCK_TOKENS, start),
      );
      const part = (of: Float32Array, index: number) => of.subarray(index * size, (index + 1) * size);
      return Array.from({ length: count }, (_, index) =>
        values.write(layers.map(({ k, v }) => ({ k: part(k, index), v: part(v, index) }))),
      );
    },
  };
}

type Reader = (count: number) => Uint8Array;

function reader(bytes: Uint8Array): Reader {
  let at = 0;
  return (count) => {
    if (at + count > bytes.length) throw new SectionError('the compressed chunk ends too early');
    at += count;
    return bytes.subarray(at - count, at);
  };
}

/** As the arena has them, rotated: bf16 loses nothing of bf16. */
function exactBytes(values: Float32Array, exact: readonly number[], channels: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(2 * exact.length * channels));
  exact.forEach((token, i) => {
    for (let channel = 0; channel < channels; channel++)
      out.setUint16(2 * (i * channels + channel), toBf16(values[token * channels + channel]!), true);
  });
  return new Uint8Array(out.buffer);
}

function putExact(
  bytes: Uint8Array,
  exact: readonly number[],
  kv: KvShape,
  group: HeadGroup,
  out: LayerValues,
): void {
  const { channels, heads, firstHead } = group;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const own = heads * kv.headDim;
  exact.forEach((token, i) => {
    const at = (token * kv.kvHeads + firstHead) * kv.headDim;
    for (let channel = 0; channel < channels; channel++) {
      const value = fromBf16(view.getUint16(2 * (i * channels + channel), true));
      if (channel < own) out.k[at + channel] = value;
      else out.v[at + channel - own] = value;
    }
  });
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function uint32At(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
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
