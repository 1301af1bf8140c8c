import type { Arena } from '../kv/arena.ts';
import { BLOCK_TOKENS, type Partials, type ShardJob } from '../ports.ts';
import { LIST, ROWS, type Scratch } from './scratch.ts';

/** One job of one layer by the row kernels: each KV tile is read once for all queries of ROWS rows that share its head. */
export function attendRows(
  arena: Arena,
  scratch: Scratch,
  layer: number,
  { firstRow, rowCount, blocks, tokens }: ShardJob,
  q: Float32Array,
  into: Partials,
): void {
  for (let row = 0; row < rowCount; row += ROWS) {
    const some = Math.min(ROWS, rowCount - row);
    attendSome(arena, scratch, layer, firstRow + row, some, blocks, tokens, q, into);
  }
}

function attendSome(
  arena: Arena,
  scratch: Scratch,
  layer: number,
  first: number,
  rows: number,
  blocks: Int32Array,
  tokens: number,
  q: Float32Array,
  into: Partials,
): void {
  const { kernels, layout, kv } = arena;
  const { heads, kvHeads, headDim } = kv;
  const pairs = rows * heads;
  const group = heads / kvHeads;
  const head = group * headDim * 4;
  arena
    .floats(scratch.q[0], pairs * headDim)
    .set(q.subarray(first * heads * headDim, (first + rows) * heads * headDim));
  if (rows > 1) kernels.swapOuter(scratch.q[0], scratch.q[1], rows, kvHeads, head);
  const queries = scratch.q[rows > 1 ? 1 : 0];
  if (kv.type === 'int8') kernels.shortenQueries(queries, pairs, headDim, scratch.shorts, scratch.factors);
  kernels.clear(scratch.m[0], scratch.e[0], pairs, scratch.o[0], layout.width);
  attendBlocks(arena, scratch, layer, rows * group, queries, blocks, tokens);
  if (layout.width !== headDim) kernels.narrow(scratch.o[0], pairs, layout.width * 4, headDim * 4);
  if (rows > 1) {
    kernels.swapOuter(scratch.m[0], scratch.m[1], kvHeads, rows, group * 4);
    kernels.swapOuter(scratch.e[0], scratch.e[1], kvHeads, rows, group * 4);
    kernels.swapOuter(scratch.o[0], scratch.o[1], kvHeads, rows, head);
  }
  const place = rows > 1 ? 1 : 0;
  into.m.set(arena.floats(scratch.m[place], pairs), first * heads);
  into.e.set(arena.floats(scratch.e[place], pairs), first * heads);
  into.ma.set(arena.floats(scratch.o[place], pairs * headDim), first * heads * headDim);
}

function attendBlocks(
  arena: Arena,
  scratch: Scratch,
  layer: number,
  queries: number,
  q: number,
  blocks: Int32Array,
  tokens: number,
): void {
  const { kernels, layout, kv } = arena;
  const base = arena.layerBase(layer);
  const used = Math.ceil(tokens / BLOCK_TOKENS);
  for (let from = 0; from < used; from += LIST) {
    const to = Math.min(used, from + LIST);
    new Int32Array(arena.bytes().buffer, scratch.list, LIST).set(blocks.subarray(from, to));
    const last = to === used ? tokens - (used - 1) * BLOCK_TOKENS : BLOCK_TOKENS;
    const place = [base, layout.blockBytes, scratch.list, to - from, last] as const;
    const sizes = [kv.kvHeads, queries, kv.headDim] as const;
    const state = [scratch.m[0], scratch.e[0], scratch.o[0], scratch.kernel] as const;
    if (kv.type === 'int8') kernels.attendInt8(...place, ...sizes, scratch.shorts, scratch.factors, ...state);
    else kernels.attendBf16(...place, ...sizes, q, ...state);
  }
}
