/**
 * bf16 in chunks of eight numbers, sixteen bytes: each 32-bit lane holds number i in its low and number i + 4 in its high half,
 * so that one shift or one mask makes floats of four numbers.
 */

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

// @ts-ignore: a decorator of AssemblyScript
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}

/**
 * What these do, for each query q and chunk c: out[q][c][0..8) += sum over i < n of a[q][i] · x[c][i][0..8).
 * `step` is from chunk to chunk of x, `lead` from query to query of a, `pitch` of out, in bytes.
 * `queries` and `chunks` are constants, so that each use is a loop without branches.
 */

/** For 1 or 2 queries and 1 or 2 chunks. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function pair(queries: i32, chunks: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  const a1 = a + lead;
  const out1 = out + pitch;
  let s00 = v128.load(out);
  let s01 = v128.load(out, 16);
  let s02 = chunks > 1 ? v128.load(out, 32) : s00;
  let s03 = chunks > 1 ? v128.load(out, 48) : s00;
  let s10 = queries > 1 ? v128.load(out1) : s00;
  let s11 = queries > 1 ? v128.load(out1, 16) : s00;
  let s12 = queries > 1 && chunks > 1 ? v128.load(out1, 32) : s00;
  let s13 = queries > 1 && chunks > 1 ? v128.load(out1, 48) : s00;
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
  v128.store(out, s00);
  v128.store(out, s01, 16);
  if (chunks > 1) v128.store(out, s02, 32);
  if (chunks > 1) v128.store(out, s03, 48);
  if (queries > 1) v128.store(out1, s10);
  if (queries > 1) v128.store(out1, s11, 16);
  if (queries > 1 && chunks > 1) v128.store(out1, s12, 32);
  if (queries > 1 && chunks > 1) v128.store(out1, s13, 48);
}

/** For 3 or 4 queries and 1 chunk: the registers are full. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function quad(queries: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  const a1 = a + lead;
  const a2 = a1 + lead;
  const a3 = a2 + lead;
  const out1 = out + pitch;
  const out2 = out1 + pitch;
  const out3 = out2 + pitch;
  let s00 = v128.load(out);
  let s01 = v128.load(out, 16);
  let s10 = v128.load(out1);
  let s11 = v128.load(out1, 16);
  let s20 = v128.load(out2);
  let s21 = v128.load(out2, 16);
  let s30 = queries > 3 ? v128.load(out3) : s00;
  let s31 = queries > 3 ? v128.load(out3, 16) : s00;
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
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out1, s10);
  v128.store(out1, s11, 16);
  v128.store(out2, s20);
  v128.store(out2, s21, 16);
  if (queries > 3) v128.store(out3, s30);
  if (queries > 3) v128.store(out3, s31, 16);
}

function pair1x2(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  pair(1, 2, x, step, n, a, lead, out, pitch);
}

function pair1x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  pair(1, 1, x, step, n, a, lead, out, pitch);
}

function pair2x2(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  pair(2, 2, x, step, n, a, lead, out, pitch);
}

function pair2x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  pair(2, 1, x, step, n, a, lead, out, pitch);
}

function quad3(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  quad(3, x, step, n, a, lead, out, pitch);
}

function quad4(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  quad(4, x, step, n, a, lead, out, pitch);
}

/** The same for 1 to 4 queries and any number of chunks. */
export function productBf16(queries: i32, chunks: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  if (queries > 2) {
    for (; chunks > 0; chunks--, x += step, out += 32) {
      if (queries > 3) quad4(x, step, n, a, lead, out, pitch);
      else quad3(x, step, n, a, lead, out, pitch);
    }
    return;
  }
  for (; chunks > 1; chunks -= 2, x += 2 * step, out += 64) {
    if (queries > 1) pair2x2(x, step, n, a, lead, out, pitch);
    else pair1x2(x, step, n, a, lead, out, pitch);
  }
  if (chunks == 0) return;
  if (queries > 1) pair2x1(x, step, n, a, lead, out, pitch);
  else pair1x1(x, step, n, a, lead, out, pitch);
}
