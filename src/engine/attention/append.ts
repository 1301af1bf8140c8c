import type { Arena } from '../kv/arena.ts';
import type { ShardStep } from '../ports.ts';
import { type Scratch, WRITES } from './scratch.ts';

/** Row i of k and v, [writes, kvHeads, headDim], goes to slot i. Slots are overwritten whole. */
export function appendRows(
  arena: Arena,
  scratch: Scratch,
  layer: number,
  writes: ShardStep['writes'],
  k: Float32Array,
  v: Float32Array,
): void {
  const { kernels, layout, kv } = arena;
  const row = kv.kvHeads * kv.headDim;
  const write = kv.type === 'int8' ? kernels.appendInt8 : kernels.appendBf16;
  const { buffer } = arena.bytes();
  for (let from = 0; from < writes.blocks.length; from += WRITES) {
    const to = Math.min(writes.blocks.length, from + WRITES);
    new Int32Array(buffer, scratch.write.blocks, WRITES).set(writes.blocks.subarray(from, to));
    new Int32Array(buffer, scratch.write.slots, WRITES).set(writes.slots.subarray(from, to));
    arena.floats(scratch.write.k, WRITES * row).set(k.subarray(from * row, to * row));
    arena.floats(scratch.write.v, WRITES * row).set(v.subarray(from * row, to * row));
    write(
      arena.layerBase(layer),
      layout.blockBytes,
      scratch.write.blocks,
      scratch.write.slots,
      to - from,
      kv.kvHeads,
      kv.headDim,
      scratch.write.k,
      scratch.write.v,
    );
  }
}

/** Rounds rows of one head each, [any, headDim], in place to what the cache would give back for them. */
export function roundRows(arena: Arena, scratch: Scratch, x: Float32Array): void {
  const { kernels, kv } = arena;
  const round = kv.type === 'int8' ? kernels.roundInt8 : kernels.roundBf16;
  const most = WRITES * kv.kvHeads * kv.headDim;
  for (let from = 0; from < x.length; from += most) {
    const part = x.subarray(from, from + most);
    const room = arena.floats(scratch.write.k, part.length);
    room.set(part);
    round(scratch.write.k, part.length / kv.headDim, kv.headDim);
    part.set(room);
  }
}
