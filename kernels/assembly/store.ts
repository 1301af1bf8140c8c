import { TOKENS } from './softmax';

// @ts-ignore: a decorator of AssemblyScript
@inline
function widthOf(dim: i32): i32 {
  return (dim + 7) & ~7;
}

/** A float's nearest bf16 (ties to even), in the low half; NaN stays NaN. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function toBf16(x: f32): u32 {
  const bits = reinterpret<u32>(x);
  if (x != x) return 0x7fc0;
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

/** Place of number i of eight in a chunk of bf16. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function lane(i: usize): usize {
  return ((i & 3) << 1) | (i >> 2);
}

/** Writes `count` rows of K and V, [count, kvHeads, dim], to slots of blocks. */
export function appendBf16(base: usize, blockBytes: usize, blocks: usize, slots: usize, count: i32, kvHeads: i32, dim: i32, k: usize, v: usize): void {
  const width = widthOf(dim);
  const vBytes = <usize>width * TOKENS * 2;
  for (let row = 0; row < count; row++, blocks += 4, slots += 4) {
    const slot = <usize>load<u32>(slots);
    let at = base + <usize>load<u32>(blocks) * blockBytes;
    for (let head = 0; head < kvHeads; head++) {
      const column = at + (slot >> 3) * <usize>dim * 16 + lane(slot & 7) * 2;
      for (let d: usize = 0; d < <usize>dim; d++, k += 4) store<u16>(column + d * 16, <u16>toBf16(load<f32>(k)));
      at += <usize>dim * TOKENS * 2;
      const line = at + slot * 16;
      for (let d: usize = 0; d < <usize>width; d++) {
        let bits: u32 = 0;
        if (d < <usize>dim) {
          bits = toBf16(load<f32>(v));
          v += 4;
        }
        store<u16>(line + (d >> 3) * (TOKENS * 16) + lane(d & 7) * 2, <u16>bits);
      }
      at += vBytes;
    }
  }
}

export function appendInt8(base: usize, blockBytes: usize, blocks: usize, slots: usize, count: i32, kvHeads: i32, dim: i32, k: usize, v: usize): void {
  const width = widthOf(dim);
  const vBytes = <usize>width * TOKENS;
  for (let row = 0; row < count; row++, blocks += 4, slots += 4) {
    const slot = <usize>load<u32>(slots);
    let at = base + <usize>load<u32>(blocks) * blockBytes;
    for (let head = 0; head < kvHeads; head++) {
      const kScale = scaleOf(k, dim);
      const kBy = inverse(kScale);
      const column = at + (slot >> 3) * <usize>dim * 8 + (slot & 7) * 2;
      for (let d: usize = 0; d < <usize>dim; d++, k += 4)
        store<i8>(column + (d >> 1) * 16 + (d & 1), toInt8(load<f32>(k), kBy));
      at += <usize>dim * TOKENS;
      const vScale = scaleOf(v, dim);
      const vBy = inverse(vScale);
      const line = at + (slot >> 1) * 16 + (slot & 1);
      for (let d: usize = 0; d < <usize>width; d++) {
        let whole: i8 = 0;
        if (d < <usize>dim) {
          whole = toInt8(load<f32>(v), vBy);
          v += 4;
        }
        store<i8>(line + (d >> 3) * (TOKENS * 8) + (d & 7) * 2, whole);
      }
      at += vBytes;
      store<f32>(at + slot * 4, kScale);
      store<f32>(at + TOKENS * 4 + slot * 4, vScale);
      at += TOKENS * 8;
    }
  }
}

/**
 * What 1 stands for, so that the largest number is ±127: of 16 bits, so that 127 times it is exact, and rounding what was
 * rounded before changes nothing.
 */
function scaleOf(x: usize, dim: i32): f32 {
  let most: f32 = 0;
  for (let i: usize = 0; i < <usize>dim << 2; i += 4) most = max(most, abs(load<f32>(x + i)));
  const bits = reinterpret<u32>(most / 127);
  const scale = reinterpret<f32>((bits + 0x7f + ((bits >> 8) & 1)) & 0xffffff00);
  return scale < 1e-30 ? 0 : scale;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function inverse(scale: f32): f64 {
  return scale == 0 ? 0 : 1 / <f64>scale;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function toInt8(x: f32, by: f64): i8 {
  return <i8>max(-127, min(127, <i32>nearest(<f64>x * by)));
}

/** Rounds `count` rows of `dim` floats in place to what a cache of bf16 gives back. */
export function roundBf16(x: usize, count: i32, dim: i32): void {
  for (const end = x + ((<usize>count * <usize>dim) << 2); x < end; x += 4)
    store<u32>(x, toBf16(load<f32>(x)) << 16);
}

export function roundInt8(x: usize, count: i32, dim: i32): void {
  for (; count > 0; count--) {
    const scale = scaleOf(x, dim);
    const by = inverse(scale);
    for (const end = x + (<usize>dim << 2); x < end; x += 4)
      store<f32>(x, <f32>toInt8(load<f32>(x), by) * scale);
  }
}

/**
 * One KV head's K and V of `tokens` tokens as floats, each [tokens, dim].
 * @param base of this layer and head in block 0
 */
export function expandBf16(
  base: usize,
  blockBytes: usize,
  list: usize,
  tokens: i32,
  dim: i32,
  k: usize,
  v: usize,
): void {
  const row = <usize>dim << 2;
  for (let done = 0; done < tokens; done += TOKENS, list += 4) {
    let at = base + <usize>load<u32>(list) * blockBytes;
    const here = min(tokens - done, TOKENS);
    for (let first = 0; first < here; first += 8) {
      const to = k + <usize>(done + first) * row;
      const some = min(here - first, 8);
      for (let d: usize = 0; d < <usize>dim; d += 4) {
        const from = at + <usize>first * <usize>dim * 2 + d * 16;
        const a = v128.load(from);
        const b = v128.load(from, 16);
        const c = v128.load(from, 32);
        const e = v128.load(from, 48);
        putTransposed(to + d * 4, row, min(some, 4), even(a), even(b), even(c), even(e));
        if (some > 4) putTransposed(to + 4 * row + d * 4, row, some - 4, odd(a), odd(b), odd(c), odd(e));
      }
    }
    at += <usize>dim * (TOKENS * 2);
    for (let d = 0; d < dim; d += 8) {
      let to = v + <usize>done * row + (<usize>d << 2);
      for (let i = 0; i < here; i++, to += row) {
        const x = v128.load(at + (<usize>i << 4));
        v128.store(to, even(x));
        if (d + 4 < dim) v128.store(to, odd(x), 16);
      }
      at += TOKENS * 16;
    }
  }
}

export function expandInt8(
  base: usize,
  blockBytes: usize,
  list: usize,
  tokens: i32,
  dim: i32,
  k: usize,
  v: usize,
): void {
  const row = <usize>dim << 2;
  const width = <usize>widthOf(dim);
  for (let done = 0; done < tokens; done += TOKENS, list += 4) {
    const at = base + <usize>load<u32>(list) * blockBytes;
    const vAt = at + <usize>dim * TOKENS;
    const scales = vAt + width * TOKENS;
    const here = min(tokens - done, TOKENS);
    for (let first = 0; first < here; first += 8) {
      const to = k + <usize>(done + first) * row;
      const some = min(here - first, 8);
      const s0 = v128.load(scales + (<usize>first << 2));
      const s1 = v128.load(scales + (<usize>first << 2), 16);
      for (let d: usize = 0; d < <usize>dim; d += 4) {
        const from = at + <usize>first * <usize>dim + d * 8;
        const x = v128.load(from);
        const y = v128.load(from, 16);
        const x0 = i16x8.extend_low_i8x16_s(x);
        const y0 = i16x8.extend_low_i8x16_s(y);
        putTransposed(
          to + d * 4,
          row,
          min(some, 4),
          f32x4.mul(firsts(x0), s0),
          f32x4.mul(seconds(x0), s0),
          f32x4.mul(firsts(y0), s0),
          f32x4.mul(seconds(y0), s0),
        );
        if (some <= 4) continue;
        const x1 = i16x8.extend_high_i8x16_s(x);
        const y1 = i16x8.extend_high_i8x16_s(y);
        putTransposed(
          to + 4 * row + d * 4,
          row,
          some - 4,
          f32x4.mul(firsts(x1), s1),
          f32x4.mul(seconds(x1), s1),
          f32x4.mul(firsts(y1), s1),
          f32x4.mul(seconds(y1), s1),
        );
      }
    }
    for (let d: usize = 0; d < <usize>dim; d += 8) {
      const chunk = vAt + d * TOKENS;
      const wide = d + 4 < <usize>dim;
      let to = v + <usize>done * row + (d << 2);
      for (let i: usize = 0; i < <usize>here; i += 2, to += 2 * row) {
        const x = v128.load(chunk + (i << 3));
        const low = i16x8.extend_low_i8x16_s(x);
        const high = i16x8.extend_high_i8x16_s(x);
        const s0 = v128.load32_splat(scales + TOKENS * 4 + (i << 2));
        v128.store(to, f32x4.mul(firsts(low), s0));
        if (wide) v128.store(to, f32x4.mul(firsts(high), s0), 16);
        if (i + 1 == here) continue;
        const s1 = v128.load32_splat(scales + TOKENS * 4 + (i << 2), 4);
        v128.store(to + row, f32x4.mul(seconds(low), s1));
        if (wide) v128.store(to + row, f32x4.mul(seconds(high), s1), 16);
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function even(v: v128): v128 {
  return i32x4.shl(v, 16);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function odd(v: v128): v128 {
  return v128.and(v, i32x4.splat(0xffff0000));
}

/** Of pairs of 16-bit numbers, as floats. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function firsts(pairs: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.shl(pairs, 16), 16));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function seconds(pairs: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(pairs, 16));
}

/** Four numbers of each of `some` ≤ 4 tokens, given with the tokens innermost, to rows. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function putTransposed(to: usize, row: usize, some: i32, a: v128, b: v128, c: v128, d: v128): void {
  const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(ab0, cd0, 0, 2));
  if (some > 1) v128.store(to + row, i64x2.shuffle(ab0, cd0, 1, 3));
  if (some > 2) v128.store(to + 2 * row, i64x2.shuffle(ab1, cd1, 0, 2));
  if (some > 3) v128.store(to + 3 * row, i64x2.shuffle(ab1, cd1, 1, 3));
}
