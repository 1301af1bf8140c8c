import { productBf16 } from './bf16';
import { productInt8 } from './int8';
import { soften, TOKENS } from './softmax';

/** Queries that go over a tile at once. */
const QUERIES: i32 = 4;
const SCORES = TOKENS * 4;
const WEIGHTS = TOKENS * 2;

/**
 * Partial attention over `count` blocks, added to what m, e and o hold. Each block's KV of one layer is, for one KV head
 * after the other, K [TOKENS/8, dim, 8], then V [width/8, TOKENS, 8], width being dim rounded up to a multiple of 8.
 * @param base of this layer in block 0; `list` holds `count` block numbers, all blocks are full but the last
 * @param queries a KV head: q is [kvHeads, queries, dim], m and e [kvHeads, queries], o [kvHeads, queries, width]
 * @param scratch of QUERIES · TOKENS floats
 */
export function attendBf16(
  base: usize,
  blockBytes: usize,
  list: usize,
  count: i32,
  lastTokens: i32,
  kvHeads: i32,
  queries: i32,
  dim: i32,
  q: usize,
  m: usize,
  e: usize,
  o: usize,
  scratch: usize,
): void {
  const width = (dim + 7) & ~7;
  const kStep = <usize>dim * 16;
  const kBytes = <usize>(TOKENS / 8) * kStep;
  const vStep = <usize>TOKENS * 16;
  const headBytes = kBytes + <usize>(width >> 3) * vStep;
  const lead = <usize>dim * 4;
  const pitch = <usize>width * 4;
  for (let block = 0; block < count; block++) {
    let k = base + <usize>load<u32>(list + ((<usize>block) << 2)) * blockBytes;
    const tokens = block == count - 1 ? lastTokens : TOKENS;
    let first: usize = 0;
    for (let head = 0; head < kvHeads; head++, k += headBytes) {
      for (let left = queries; left > 0; left -= QUERIES) {
        const some = min(left, QUERIES);
        memory.fill(scratch, 0, some * SCORES);
        productBf16(some, (tokens + 7) >> 3, k, kStep, dim, q + first * lead, lead, scratch, SCORES);
        for (let i = 0; i < some; i++) {
          const at = first + i;
          soften(scratch + i * SCORES, tokens, m + at * 4, e + at * 4, o + at * pitch, width);
        }
        productBf16(some, width >> 3, k + kBytes, vStep, tokens, scratch, SCORES, o + first * pitch, pitch);
        first += some;
      }
    }
  }
}

/**
 * The same over int8: K is [TOKENS/8, dim/2, 8, 2], V [width/8, TOKENS/2, 8, 2], then a float scale of K and one of V for
 * each token; q are 16-bit numbers, each query with a factor in `qScale`.
 * @param scratch of QUERIES · TOKENS floats, as many 16-bit numbers, and QUERIES floats
 */
export function attendInt8(
  base: usize,
  blockBytes: usize,
  list: usize,
  count: i32,
  lastTokens: i32,
  kvHeads: i32,
  queries: i32,
  dim: i32,
  q: usize,
  qScale: usize,
  m: usize,
  e: usize,
  o: usize,
  scratch: usize,
): void {
  const width = (dim + 7) & ~7;
  const kStep = <usize>dim * 8;
  const kBytes = <usize>(TOKENS / 8) * kStep;
  const vStep = <usize>TOKENS * 8;
  const vBytes = <usize>(width >> 3) * vStep;
  const headBytes = kBytes + vBytes + TOKENS * 8;
  const lead = <usize>dim * 2;
  const pitch = <usize>width * 4;
  const weights = scratch + QUERIES * SCORES;
  const factors = weights + QUERIES * WEIGHTS;
  for (let block = 0; block < count; block++) {
    let k = base + <usize>load<u32>(list + ((<usize>block) << 2)) * blockBytes;
    const tokens = block == count - 1 ? lastTokens : TOKENS;
    let first: usize = 0;
    for (let head = 0; head < kvHeads; head++, k += headBytes) {
      const scales = k + kBytes + vBytes;
      for (let left = queries; left > 0; left -= QUERIES) {
        const some = min(left, QUERIES);
        memory.fill(scratch, 0, some * SCORES);
        productInt8(
          some,
          (tokens + 7) >> 3,
          k,
          kStep,
          dim >> 1,
          q + first * lead,
          lead,
          scratch,
          SCORES,
          qScale + first * 4,
        );
        for (let i = 0; i < some; i++) {
          const at = first + i;
          const s = scratch + i * SCORES;
          multiply(s, scales, tokens);
          soften(s, tokens, m + at * 4, e + at * 4, o + at * pitch, width);
          weigh(s, scales + TOKENS * 4, tokens, weights + i * WEIGHTS, factors + i * 4);
        }
        productInt8(
          some,
          width >> 3,
          k + kBytes,
          vStep,
          (tokens + 1) >> 1,
          weights,
          WEIGHTS,
          o + first * pitch,
          pitch,
          factors,
        );
        first += some;
      }
    }
  }
}

function multiply(s: usize, scales: usize, tokens: i32): void {
  for (let i: usize = 0; i < (<usize>tokens) << 2; i += 16)
    v128.store(s + i, f32x4.mul(v128.load(s + i), v128.load(scales + i)));
}

/** exp(s − m) times the scale of V, as 16-bit numbers of one factor; 0 for slots past `tokens`. */
function weigh(p: usize, scales: usize, tokens: i32, out: usize, factor: usize): void {
  const end = (<usize>((tokens + 7) & ~7)) << 2;
  let most = f32x4.splat(0);
  for (let i: usize = 0; i < end; i += 16) {
    const w = f32x4.mul(v128.load(p + i), v128.load(scales + i));
    v128.store(p + i, w);
  }
  for (let at = p + ((<usize>tokens) << 2); at < p + end; at += 4) store<f32>(at, 0);
  for (let i: usize = 0; i < end; i += 16) most = f32x4.max(most, v128.load(p + i));
  store<f32>(factor, toShorts(p, end, out, most));
}

/** Queries as 16-bit numbers, each with a factor. */
export function shortenQueries(q: usize, count: i32, dim: i32, out: usize, factors: usize): void {
  const bytes = (<usize>dim) << 2;
  for (; count > 0; count--, q += bytes, out += bytes >> 1, factors += 4) {
    let most = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) most = f32x4.max(most, f32x4.abs(v128.load(q + i)));
    store<f32>(factors, toShorts(q, bytes, out, most));
  }
}

/** Rounds floats to 16-bit numbers and returns what one of those stands for. `bytes` of floats is a multiple of 16. */
function toShorts(from: usize, bytes: usize, out: usize, most: v128): f32 {
  const pairs = f32x4.max(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  const top = max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
  // Below this the inverse is no number; such weights are nothing beside any other.
  if (top < 1e-30) {
    memory.fill(out, 0, bytes >> 1);
    return 0;
  }
  const by = f32x4.splat(32767 / top);
  for (let i: usize = 0; i < bytes; i += 16) {
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from + i), by)));
    v128.store64_lane(out + (i >> 1), i16x8.narrow_i32x4_s(whole, whole), 0);
  }
  return top / 32767;
}
