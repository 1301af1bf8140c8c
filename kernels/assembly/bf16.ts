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
 * For each of 1 to 4 queries q and of 1 or 2 chunks c: out[q][c][0..8) += sum over i < n of a[q][i] · x[c][i][0..8).
 * `step` is from chunk to chunk of x, `lead` from query to query of a, `pitch` of out, in bytes.
 * `queries` and `chunks` are constants, so that each use is a loop without branches.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function block(queries: i32, chunks: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  const a1 = a + lead, a2 = a1 + lead, a3 = a2 + lead;
  const out1 = out + pitch, out2 = out1 + pitch, out3 = out2 + pitch;
  let s00 = i32x4.splat(0);
  let s01 = i32x4.splat(0);
  let s02 = i32x4.splat(0);
  let s03 = i32x4.splat(0);
  let s10 = i32x4.splat(0);
  let s11 = i32x4.splat(0);
  let s12 = i32x4.splat(0);
  let s13 = i32x4.splat(0);
  let s20 = i32x4.splat(0);
  let s21 = i32x4.splat(0);
  let s22 = i32x4.splat(0);
  let s23 = i32x4.splat(0);
  let s30 = i32x4.splat(0);
  let s31 = i32x4.splat(0);
  let s32 = i32x4.splat(0);
  let s33 = i32x4.splat(0);
  s00 = v128.load(out);
  s01 = v128.load(out, 16);
  if (chunks > 1) {
    s02 = v128.load(out, 32);
    s03 = v128.load(out, 48);
  }
  if (queries > 1) {
    s10 = v128.load(out1);
    s11 = v128.load(out1, 16);
    if (chunks > 1) {
      s12 = v128.load(out1, 32);
      s13 = v128.load(out1, 48);
    }
  }
  if (queries > 2) {
    s20 = v128.load(out2);
    s21 = v128.load(out2, 16);
    if (chunks > 1) {
      s22 = v128.load(out2, 32);
      s23 = v128.load(out2, 48);
    }
  }
  if (queries > 3) {
    s30 = v128.load(out3);
    s31 = v128.load(out3, 16);
    if (chunks > 1) {
      s32 = v128.load(out3, 32);
      s33 = v128.load(out3, 48);
    }
  }
  for (let i: usize = 0; i < <usize>n << 2; i += 4) {
    const x0 = x + (i << 2);
    const v0 = v128.load(x0);
    const v1 = chunks > 1 ? v128.load(x0 + step) : v0;
    const e0 = even(v0), e1 = odd(v0), e2 = even(v1), e3 = odd(v1);
    const b0 = v128.load32_splat(a + i);
    s00 = madd(e0, b0, s00);
    s01 = madd(e1, b0, s01);
    if (chunks > 1) {
      s02 = madd(e2, b0, s02);
      s03 = madd(e3, b0, s03);
    }
    if (queries > 1) {
      const b1 = v128.load32_splat(a1 + i);
      s10 = madd(e0, b1, s10);
      s11 = madd(e1, b1, s11);
      if (chunks > 1) {
        s12 = madd(e2, b1, s12);
        s13 = madd(e3, b1, s13);
      }
    }
    if (queries > 2) {
      const b2 = v128.load32_splat(a2 + i);
      s20 = madd(e0, b2, s20);
      s21 = madd(e1, b2, s21);
      if (chunks > 1) {
        s22 = madd(e2, b2, s22);
        s23 = madd(e3, b2, s23);
      }
    }
    if (queries > 3) {
      const b3 = v128.load32_splat(a3 + i);
      s30 = madd(e0, b3, s30);
      s31 = madd(e1, b3, s31);
      if (chunks > 1) {
        s32 = madd(e2, b3, s32);
        s33 = madd(e3, b3, s33);
      }
    }
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  if (chunks > 1) {
    v128.store(out, s02, 32);
    v128.store(out, s03, 48);
  }
  if (queries > 1) {
    v128.store(out1, s10);
    v128.store(out1, s11, 16);
    if (chunks > 1) {
      v128.store(out1, s12, 32);
      v128.store(out1, s13, 48);
    }
  }
  if (queries > 2) {
    v128.store(out2, s20);
    v128.store(out2, s21, 16);
    if (chunks > 1) {
      v128.store(out2, s22, 32);
      v128.store(out2, s23, 48);
    }
  }
  if (queries > 3) {
    v128.store(out3, s30);
    v128.store(out3, s31, 16);
    if (chunks > 1) {
      v128.store(out3, s32, 32);
      v128.store(out3, s33, 48);
    }
  }
}

function block1x2(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  block(1, 2, x, step, n, a, lead, out, pitch);
}

function block1x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  block(1, 1, x, step, n, a, lead, out, pitch);
}

function block2x2(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  block(2, 2, x, step, n, a, lead, out, pitch);
}

function block2x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  block(2, 1, x, step, n, a, lead, out, pitch);
}

function block3x2(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  block(3, 2, x, step, n, a, lead, out, pitch);
}

function block3x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  block(3, 1, x, step, n, a, lead, out, pitch);
}

function block4x1(x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  block(4, 1, x, step, n, a, lead, out, pitch);
}

/** The same for any number of chunks. */
export function productBf16(queries: i32, chunks: i32, x: usize, step: usize, n: i32, a: usize, lead: usize, out: usize, pitch: usize): void {
  if (queries > 3) {
    for (; chunks > 0; chunks--, x += step, out += 32) block4x1(x, step, n, a, lead, out, pitch);
    return;
  }
  for (; chunks > 1; chunks -= 2, x += 2 * step, out += 64) {
    if (queries == 3) block3x2(x, step, n, a, lead, out, pitch);
    else if (queries == 2) block2x2(x, step, n, a, lead, out, pitch);
    else block1x2(x, step, n, a, lead, out, pitch);
  }
  if (chunks == 0) return;
  if (queries == 3) block3x1(x, step, n, a, lead, out, pitch);
  else if (queries == 2) block2x1(x, step, n, a, lead, out, pitch);
  else block1x1(x, step, n, a, lead, out, pitch);
}
