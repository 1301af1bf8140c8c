import type { Partials } from '../ports.ts';

/** Attention over no tokens: m = −∞, e = 0, ma = 0. */
export function emptyPartials(rows: number, heads: number, headDim: number): Partials {
  return {
    m: new Float32Array(rows * heads).fill(-Infinity),
    e: new Float32Array(rows * heads),
    ma: new Float32Array(rows * heads * headDim),
  };
}

/**
 * Adds a part to `sum`, exactly: both get the larger m. The order does not matter, nor how tokens were split in parts.
 * @param rows row i of `part` belongs to row `rows[i]` of `sum`; null when they are the same rows
 */
export function addPartials(
  sum: Partials,
  part: Partials,
  heads: number,
  rows: Int32Array | null = null,
): void {
  const pairs = part.m.length;
  if (pairs === 0) return;
  const dim = wholes(part.ma.length, pairs);
  const total = sum.ma;
  for (let pair = 0; pair < pairs; pair++) {
    const m = part.m[pair] ?? -Infinity;
    if (m === -Infinity) continue;
    const at = rows === null ? pair : (rows[Math.floor(pair / heads)] ?? 0) * heads + (pair % heads);
    const had = sum.m[at] ?? -Infinity;
    const keep = had === -Infinity ? 0 : had >= m ? 1 : Math.exp(had - m);
    const take = m >= had ? 1 : Math.exp(m - had);
    sum.m[at] = m >= had ? m : had;
    sum.e[at] = (sum.e[at] ?? 0) * keep + (part.e[pair] ?? 0) * take;
    blend(total, Math.imul(at, dim), keep, part.ma, Math.imul(pair, dim), take, dim);
  }
}

/** Σ exp(s_i)·v_i / Σ exp(s_i), [rows, heads, headDim]; 0 where there were no tokens. `out` may be `sum.ma`. */
export function finishPartials(sum: Partials, out: Float32Array): void {
  const pairs = sum.m.length;
  const dim = wholes(sum.ma.length, pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const e = sum.e[pair] ?? 0;
    scale(out, sum.ma, Math.imul(pair, dim), dim, e > 0 ? 1 / e : 0);
  }
}

/** A quotient as a 32-bit number, so that loops over it index with those. */
function wholes(all: number, parts: number): number {
  return parts === 0 ? 0 : (all / parts) | 0;
}

function blend(
  into: Float32Array,
  to: number,
  keep: number,
  part: Float32Array,
  from: number,
  take: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) into[to + i] = (into[to + i] ?? 0) * keep + (part[from + i] ?? 0) * take;
}

function scale(out: Float32Array, from: Float32Array, at: number, count: number, by: number): void {
  for (let i = 0; i < count; i++) out[at + i] = (from[at + i] ?? 0) * by;
}

/**
 * Attention from its parts over disjoint sets of tokens (DistAttention, arXiv 2401.02669), all of the same rows and heads.
 * @param out [rows, heads, headDim]; 0 where no part has tokens
 */
export function mergePartials(parts: readonly Partials[], out: Float32Array): void {
  const [first, ...rest] = parts;
  if (first === undefined) {
    out.fill(0);
    return;
  }
  const sum = { m: first.m.slice(), e: first.e.slice(), ma: first.ma.slice() };
  for (const part of rest) addPartials(sum, part, 1);
  finishPartials(sum, out);
}
