/**
 * int8 in chunks of eight numbers by two steps of the sum, sixteen bytes: byte 2·i + j is number i of step j, so that one
 * extension and one dot product of 16-bit numbers do two steps for four numbers.
 */

// @ts-ignore: a decorator of AssemblyScript
@inline
function even(v: v128): v128 {
  return i16x8.extend_low_i8x16_s(v);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function odd(v: v128): v128 {
  return i16x8.extend_high_i8x16_s(v);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return i32x4.add(c, i32x4.dot_i16x8_s(a, b));
}

/**
 * As in bf16.ts, with a as pairs of 16-bit numbers, n the number of pairs, and scale[q] a factor for the whole sum.
 * Sums stay below 2^31 for up to 256 pairs.
 */

/** For 1 or 2 queries and 1 or 2 chunks. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function pair(queries: i32, chunks: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  const a1 = a + lead;
  const out1 = out + pitch;
  let s00 = i32x4.splat(0);
  let s01 = i32x4.splat(0);
  let s02 = i32x4.splat(0);
  let s03 = i32x4.splat(0);
  let s10 = i32x4.splat(0);
  let s11 = i32x4.splat(0);
  let s12 = i32x4.splat(0);
  let s13 = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>n << 2; i += 4) {
    const v0 = v128.load(x + (i << 2));
    const v1 = chunks > 1 ? v128.load(x + step + (i << 2)) : v0;
    const b0 = v128.load32_splat(a + i);
    const b1 = queries > 1 ? v128.load32_splat(a1 + i) : b0;
    const e0 = even(v0);
    s00 = madd(e0, b0, s00);
    if (queries > 1) s10 = madd(e0, b1, s10);
    const e1 = odd(v0);
    s01 = madd(e1, b0, s01);
    if (queries > 1) s11 = madd(e1, b1, s11);
    if (chunks > 1) {
      const e2 = even(v1);
      s02 = madd(e2, b0, s02);
      if (queries > 1) s12 = madd(e2, b1, s12);
      const e3 = odd(v1);
      s03 = madd(e3, b0, s03);
      if (queries > 1) s13 = madd(e3, b1, s13);
    }
  }
  const w0 = v128.load32_splat(scale);
  const w1 = queries > 1 ? v128.load32_splat(scale, 4) : w0;
  v128.store(out, f32x4.add(v128.load(out), f32x4.mul(f32x4.convert_i32x4_s(s00), w0)));
  v128.store(out, f32x4.add(v128.load(out, 16), f32x4.mul(f32x4.convert_i32x4_s(s01), w0)), 16);
  if (chunks > 1) v128.store(out, f32x4.add(v128.load(out, 32), f32x4.mul(f32x4.convert_i32x4_s(s02), w0)), 32);
  if (chunks > 1) v128.store(out, f32x4.add(v128.load(out, 48), f32x4.mul(f32x4.convert_i32x4_s(s03), w0)), 48);
  if (queries > 1) v128.store(out1, f32x4.add(v128.load(out1), f32x4.mul(f32x4.convert_i32x4_s(s10), w1)));
  if (queries > 1) v128.store(out1, f32x4.add(v128.load(out1, 16), f32x4.mul(f32x4.convert_i32x4_s(s11), w1)), 16);
  if (queries > 1 && chunks > 1) v128.store(out1, f32x4.add(v128.load(out1, 32), f32x4.mul(f32x4.convert_i32x4_s(s12), w1)), 32);
  if (queries > 1 && chunks > 1) v128.store(out1, f32x4.add(v128.load(out1, 48), f32x4.mul(f32x4.convert_i32x4_s(s13), w1)), 48);
}

/** For 3 or 4 queries and 1 chunk: the registers are full. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function quad(queries: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  const a1 = a + lead;
  const a2 = a1 + lead;
  const a3 = a2 + lead;
  const out1 = out + pitch;
  const out2 = out1 + pitch;
  const out3 = out2 + pitch;
  let s00 = i32x4.splat(0);
  let s01 = i32x4.splat(0);
  let s10 = i32x4.splat(0);
  let s11 = i32x4.splat(0);
  let s20 = i32x4.splat(0);
  let s21 = i32x4.splat(0);
  let s30 = i32x4.splat(0);
  let s31 = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>n << 2; i += 4) {
    const v = v128.load(x + (i << 2));
    const e = even(v);
    const o = odd(v);
    const b0 = v128.load32_splat(a + i);
    s00 = madd(e, b0, s00);
    s01 = madd(o, b0, s01);
    const b1 = v128.load32_splat(a1 + i);
    s10 = madd(e, b1, s10);
    s11 = madd(o, b1, s11);
    const b2 = v128.load32_splat(a2 + i);
    s20 = madd(e, b2, s20);
    s21 = madd(o, b2, s21);
    if (queries > 3) {
      const b3 = v128.load32_splat(a3 + i);
      s30 = madd(e, b3, s30);
      s31 = madd(o, b3, s31);
    }
  }
  const w0 = v128.load32_splat(scale);
  const w1 = v128.load32_splat(scale, 4);
  const w2 = v128.load32_splat(scale, 8);
  const w3 = v128.load32_splat(scale, 12);
  v128.store(out, f32x4.add(v128.load(out), f32x4.mul(f32x4.convert_i32x4_s(s00), w0)));
  v128.store(out, f32x4.add(v128.load(out, 16), f32x4.mul(f32x4.convert_i32x4_s(s01), w0)), 16);
  v128.store(out1, f32x4.add(v128.load(out1), f32x4.mul(f32x4.convert_i32x4_s(s10), w1)));
  v128.store(out1, f32x4.add(v128.load(out1, 16), f32x4.mul(f32x4.convert_i32x4_s(s11), w1)), 16);
  v128.store(out2, f32x4.add(v128.load(out2), f32x4.mul(f32x4.convert_i32x4_s(s20), w2)));
  v128.store(out2, f32x4.add(v128.load(out2, 16), f32x4.mul(f32x4.convert_i32x4_s(s21), w2)), 16);
  if (queries > 3) v128.store(out3, f32x4.add(v128.load(out3), f32x4.mul(f32x4.convert_i32x4_s(s30), w3)));
  if (queries > 3) v128.store(out3, f32x4.add(v128.load(out3, 16), f32x4.mul(f32x4.convert_i32x4_s(s31), w3)), 16);
}

function pair1x2(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  pair(1, 2, x, step, n, a, lead, out, pitch, scale);
}

function pair1x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  pair(1, 1, x, step, n, a, lead, out, pitch, scale);
}

function pair2x2(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  pair(2, 2, x, step, n, a, lead, out, pitch, scale);
}

function pair2x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  pair(2, 1, x, step, n, a, lead, out, pitch, scale);
}

function quad3(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  quad(3, x, step, n, a, lead, out, pitch, scale);
}

function quad4(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  quad(4, x, step, n, a, lead, out, pitch, scale);
}

/** The same for 1 to 4 queries and any number of chunks. */
export function productInt8(queries: i32, chunks: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize, scale: usize): void {
  if (queries > 2) {
    for (; chunks > 0; chunks--, x += step, out += 32) {
      if (queries > 3) quad4(x, step, n, a, lead, out, pitch, scale);
      else quad3(x, step, n, a, lead, out, pitch, scale);
    }
    return;
  }
  for (; chunks > 1; chunks -= 2, x += 2 * step, out += 64) {
    if (queries > 1) pair2x2(x, step, n, a, lead, out, pitch, scale);
    else pair1x2(x, step, n, a, lead, out, pitch, scale);
  }
  if (chunks == 0) return;
  if (queries > 1) pair2x1(x, step, n, a, lead, out, pitch, scale);
  else pair1x1(x, step, n, a, lead, out, pitch, scale);
}
