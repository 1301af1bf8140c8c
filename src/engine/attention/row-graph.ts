import type { Arena } from '../kv/arena.ts';
import { floatTensor } from '../onnx/session.ts';
import { BLOCK_TOKENS, type Partials, type ShardJob } from '../ports.ts';
import { putState, takeColumns } from './head-rows.ts';
import { type Scratch, TILE_TOKENS } from './scratch.ts';
import type { TileGraph } from './tile-graph.ts';

/** Queries of one call: more, and the scores of a tile leave the cache. */
const MOST_QUERIES = 1_536;

/** One job of one layer by matrix products: each tile of a head's K and V becomes floats, once for all queries. */
export function attendGraph(
  arena: Arena,
  scratch: Scratch,
  graph: TileGraph,
  layer: number,
  { firstRow, rowCount, blocks, tokens }: ShardJob,
  q: Float32Array,
  into: Partials,
): void {
  const { heads, kvHeads, headDim: dim } = arena.kv;
  const group = heads / kvHeads;
  const most = Math.ceil(MOST_QUERIES / group);
  for (let from = firstRow; from < firstRow + rowCount; from += most) {
    const to = Math.min(from + most, firstRow + rowCount);
    const count = (to - from) * group;
    for (let head = 0; head < kvHeads; head++) {
      const columns = { first: head * group * dim, size: group * dim, width: heads * dim };
      const queries = floatTensor(takeColumns(q, from, to, columns), [count, dim]);
      let state = graph.empty(count, dim);
      for (let token = 0; token < tokens; token += TILE_TOKENS) {
        const some = Math.min(TILE_TOKENS, tokens - token);
        expand(arena, scratch, layer, head, blocks.subarray(token / BLOCK_TOKENS), some);
        const k = floatTensor(arena.floats(scratch.tile.k, some * dim), [some, dim]);
        const v = floatTensor(arena.floats(scratch.tile.v, some * dim), [some, dim]);
        state = graph.attend(queries, k, v, state);
      }
      putState(state, into, from, head * group, group, heads);
    }
  }
}

function expand(
  arena: Arena,
  scratch: Scratch,
  layer: number,
  head: number,
  blocks: Int32Array,
  tokens: number,
): void {
  const { kernels, kv, layout } = arena;
  const count = Math.ceil(tokens / BLOCK_TOKENS);
  new Int32Array(arena.bytes().buffer, scratch.list, count).set(blocks.subarray(0, count));
  const write = kv.type === 'int8' ? kernels.expandInt8 : kernels.expandBf16;
  const base = arena.layerBase(layer) + head * layout.headBytes;
  write(base, layout.blockBytes, scratch.list, tokens, kv.headDim, scratch.tile.k, scratch.tile.v);
}
