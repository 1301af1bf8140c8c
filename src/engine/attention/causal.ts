import { floatTensor } from '../onnx/session.ts';
import type { KvShape, Partials } from '../ports.ts';
import { putState, takeColumns } from './head-rows.ts';
import { emptyPartials } from './partials.ts';
import { openTileGraph } from './tile-graph.ts';

/** Rows whose scores are masked together: rows before them are done without a mask. */
const BLOCK_ROWS = 128;

/**
 * Attention of a chunk's rows to themselves: row i sees rows 0 to i.
 * @param q scaled queries, [rows, heads, headDim]; k and v [rows, kvHeads, headDim], as the cache would give them back
 */
export type CausalAttention = (q: Float32Array, k: Float32Array, v: Float32Array) => Partials;

export function openCausalAttention({ heads, kvHeads, headDim: dim }: KvShape): CausalAttention {
  const graph = openTileGraph();
  const group = heads / kvHeads;
  return (q, k, v) => {
    const rows = q.length / (heads * dim);
    const out = emptyPartials(rows, heads, dim);
    for (let head = 0; head < kvHeads; head++) {
      const columns = { first: head * dim, size: dim, width: kvHeads * dim };
      const keys = takeColumns(k, 0, rows, columns);
      const values = takeColumns(v, 0, rows, columns);
      const matrix = (x: Float32Array, from: number, to: number) =>
        floatTensor(x.subarray(from * dim, to * dim), [to - from, dim]);
      for (let from = 0; from < rows; from += BLOCK_ROWS) {
        const to = Math.min(rows, from + BLOCK_ROWS);
        const count = (to - from) * group;
        const own = { first: head * group * dim, size: group * dim, width: heads * dim };
        const queries = floatTensor(takeColumns(q, from, to, own), [count, dim]);
        let state = graph.empty(count, dim);
        if (from > 0) state = graph.attend(queries, matrix(keys, 0, from), matrix(values, 0, from), state);
        const mask = floatTensor(causalMask(to - from, group), [count, to - from]);
        state = graph.attend(queries, matrix(keys, from, to), matrix(values, from, to), state, mask);
        putState(state, out, from, head * group, group, heads);
      }
    }
    return out;
  };
}

let lastMask = { rows: 0, group: 0, mask: new Float32Array() };

/** −∞ where a row may not look, [rows · group, rows]. */
function causalMask(rows: number, group: number): Float32Array {
  if (lastMask.rows === rows && lastMask.group === group) return lastMask.mask;
  const mask = new Float32Array(rows * group * rows);
  for (let query = 0; query < rows * group; query++)
    mask.fill(-Infinity, query * rows + Math.floor(query / group) + 1, (query + 1) * rows);
  lastMask = { rows, group, mask };
  return mask;
}
