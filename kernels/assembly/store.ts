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
 * One KV head's K and V of `tokens` tokens as floats: K transposed, [dim, tokens], and V, [tokens, dim].
 * @param base of this layer and head in block 0
 */
export function expandBf16(base: usize, blockBytes: usize, list: usize, tokens: i32, dim: i32, k: usize, v: usize): void {
  const pitch = <usize>tokens << 2;
  const row = <usize>dim << 2;
  for (let done = 0; done < tokens; done += TOKENS, list += 4) {
    let at = base + <usize>load<u32>(list) * blockBytes;
    const here = min(tokens - done, TOKENS);
    for (let first = 0; first < TOKENS; first += 8) {
      const some = min(here - first, 8);
      let to = k + (<usize>(done + first) << 2);
      if (some < 8) {
        if (some > 0)
          for (let d = 0; d < dim; d++, to += pitch)
            for (let i = 0; i < some; i++)
              store<u32>(to + (<usize>i << 2), <u32>load<u16>(at + <usize>d * 16 + lane(i) * 2) << 16);
        at += <usize>dim * 16;
        continue;
      }
      for (let d = 0; d < dim; d++, to += pitch, at += 16) {
        const x = v128.load(at);
        v128.store(to, i32x4.shl(x, 16));
        v128.store(to, v128.and(x, i32x4.splat(0xffff0000)), 16);
      }
    }
    for (let d = 0; d < dim; d += 8) {
      let to = v + <usize>done * row + (<usize>d << 2);
      for (let i = 0; i < here; i++, to += row) {
        const x = v128.load(at + (<usize>i << 4));
        v128.store(to, i32x4.shl(x, 16));
        if (d + 4 < dim) v128.store(to, v128.and(x, i32x4.splat(0xffff0000)), 16);
      }
      at += TOKENS * 16;
    }
  }
}

export function expandInt8(base: usize, blockBytes: usize, list: usize, tokens: i32, dim: i32, k: usize, v: usize): void {
  const pitch = <usize>tokens << 2;
  const row = <usize>dim << 2;
  const width = <usize>widthOf(dim);
  for (let done = 0; done < tokens; done += TOKENS, list += 4) {
    const at = base + <usize>load<u32>(list) * blockBytes;
    const vAt = at + <usize>dim * TOKENS;
    const scales = vAt + width * TOKENS;
    const here = <usize>min(tokens - done, TOKENS);
    for (let first: usize = 0; first < here; first += 8) {
      const some = min(here - first, 8);
      const group = at + (first >> 3) * <usize>dim * 8;
      const to = k + ((<usize>done + first) << 2);
      const s0 = v128.load(scales + (first << 2));
      const s1 = v128.load(scales + (first << 2), 16);
      for (let d: usize = 0; d < <usize>dim; d += 2) {
        const x = v128.load(group + (d << 3));
        const low = i16x8.extend_low_i8x16_s(x);
        const high = i16x8.extend_high_i8x16_s(x);
        put(to + d * pitch, some, f32x4.mul(even(low), s0), f32x4.mul(even(high), s1));
        put(to + (d + 1) * pitch, some, f32x4.mul(odd(low), s0), f32x4.mul(odd(high), s1));
      }
    }
    for (let d: usize = 0; d < <usize>dim; d += 8) {
      const chunk = vAt + d * TOKENS;
      const some = min(<usize>dim - d, 8);
      const to = v + <usize>done * row + (d << 2);
      for (let i: usize = 0; i < here; i += 2) {
        const x = v128.load(chunk + (i << 3));
        const low = i16x8.extend_low_i8x16_s(x);
        const high = i16x8.extend_high_i8x16_s(x);
        const s0 = v128.load32_splat(scales + TOKENS * 4 + (i << 2));
        put(to + i * row, some, f32x4.mul(even(low), s0), f32x4.mul(even(high), s0));
        if (i + 1 == here) continue;
        const s1 = v128.load32_splat(scales + TOKENS * 4 + (i << 2), 4);
        put(to + (i + 1) * row, some, f32x4.mul(odd(low), s1), f32x4.mul(odd(high), s1));
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function even(pairs: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.shl(pairs, 16), 16));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function odd(pairs: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(pairs, 16));
}

/** The first `some` of eight floats. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function put(to: usize, some: usize, a: v128, b: v128): void {
  if (some == 8) {
    v128.store(to, a);
    v128.store(to, b, 16);
  } else putSome(to, some, a, b);
}

function putSome(to: usize, some: usize, a: v128, b: v128): void {
  if (some >= 4) {
    v128.store(to, a);
    to += 16;
    some -= 4;
    a = b;
  }
  if (some > 0) store<f32>(to, f32x4.extract_lane(a, 0));
  if (some > 1) store<f32>(to, f32x4.extract_lane(a, 1), 4);
  if (some > 2) store<f32>(to, f32x4.extract_lane(a, 2), 8);
}
