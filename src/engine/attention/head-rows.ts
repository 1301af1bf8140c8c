import type { Partials } from '../ports.ts';
import type { TileState } from './tile-graph.ts';

/** Which numbers of each row belong to one KV head: `size` of them from `first` on, of rows of `width`. */
export interface Columns {
  readonly first: number;
  readonly size: number;
  readonly width: number;
}

/** Rows `from` to `to` of some columns, one after the other. */
export function takeColumns(
  x: Float32Array,
  from: number,
  to: number,
  { first, size, width }: Columns,
): Float32Array {
  const out = new Float32Array((to - from) * size);
  for (let row = from; row < to; row++)
    out.set(x.subarray(row * width + first, row * width + first + size), (row - from) * size);
  return out;
}

function putColumns(from: Float32Array, x: Float32Array, row: number, { first, size, width }: Columns): void {
  for (let at = 0; at < from.length; at += size, row++)
    x.set(from.subarray(at, at + size), row * width + first);
}

/** Puts what the graph found for `group` heads from `head` on into rows from `row` on. */
export function putState(
  state: TileState,
  into: Partials,
  row: number,
  head: number,
  group: number,
  heads: number,
): void {
  const [m, e, o] = [floatsOf(state.m), floatsOf(state.e), floatsOf(state.o)];
  const dim = o.length / m.length;
  const one = { first: head, size: group, width: heads };
  putColumns(m, into.m, row, one);
  putColumns(e, into.e, row, one);
  putColumns(o, into.ma, row, { first: head * dim, size: group * dim, width: heads * dim });
}

function floatsOf({ data }: TileState['m']): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError('the attention graph gave no floats');
}
