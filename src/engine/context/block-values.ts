import { type Arena, createArena } from '../kv/arena.ts';
import { kvLayout } from '../kv/layout.ts';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';

/** Keys and values of one layer over a block's tokens, [BLOCK_TOKENS, kvHeads · headDim] each. */
export interface LayerValues {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** Turns blocks into numbers and back. It goes through the engine's own kernels, so that only they know how a block is laid out. */
export interface BlockValues {
  /** The numbers of a block, layer by layer. */
  read(block: Uint8Array): LayerValues[];
  /** A block with these numbers, rounded to the KV type as the engine rounds them. */
  write(layers: readonly LayerValues[]): Uint8Array;
}

export function blockValues(kv: KvShape): BlockValues {
  const channels = kv.kvHeads * kv.headDim;
  const values = BLOCK_TOKENS * channels;
  const at = { list: 0, slots: 4 * BLOCK_TOKENS, k: 1024, v: 1024 + 4 * values };
  const arena: Arena = createArena({
    kv,
    maxBytes: kvLayout(kv).blockBytes,
    scratchBytes: at.v + 4 * values,
  });
  const { kernels, layout } = arena;
  const [expand, append] =
    kv.type === 'bf16' ? [kernels.expandBf16, kernels.appendBf16] : [kernels.expandInt8, kernels.appendInt8];
  arena.use(0);
  const { buffer } = arena.bytes();
  const k = new Float32Array(buffer, at.k, values);
  const v = new Float32Array(buffer, at.v, values);
  // Every token's block is number 0.
  new Int32Array(buffer, at.slots, BLOCK_TOKENS).forEach((_, token, slots) => {
    slots[token] = token;
  });

  function readLayer(layer: number): LayerValues {
    const out = { k: new Float32Array(values), v: new Float32Array(values) };
    for (let head = 0; head < kv.kvHeads; head++) {
      const base = arena.layerBase(layer) + head * layout.headBytes;
      expand(base, layout.blockBytes, at.list, BLOCK_TOKENS, kv.headDim, at.k, at.v);
      for (let token = 0; token < BLOCK_TOKENS; token++) {
        const to = token * channels + head * kv.headDim;
        out.k.set(k.subarray(token * kv.headDim, (token + 1) * kv.headDim), to);
        out.v.set(v.subarray(token * kv.headDim, (token + 1) * kv.headDim), to);
      }
    }
    return out;
  }

  return {
    read(block) {
      arena.write(0, block);
      return Array.from({ length: kv.layers }, (_, layer) => readLayer(layer));
    },
    write(layers) {
      for (const [layer, numbers] of layers.entries()) {
        k.set(numbers.k);
        v.set(numbers.v);
        append(
          arena.layerBase(layer),
          layout.blockBytes,
          at.list,
          at.slots,
          BLOCK_TOKENS,
          kv.kvHeads,
          kv.headDim,
          at.k,
          at.v,
        );
      }
      return arena.read(0);
    },
  };
}
