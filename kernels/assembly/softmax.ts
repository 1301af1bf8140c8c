import { exp, largest, total } from './exp';

/** Tokens of a tile, which is what an rBlock holds of one layer and KV head. */
export const TOKENS: i32 = 64;

/**
 * Online softmax of one query over one tile: scores become exp(s − m), and what the query has so far is brought to the
 * larger m. Slots past `tokens` become 0, whatever stands there.
 * @param m the query's maximum so far; its sum of exponentials is at e, its weighted values are `width` floats at o
 */
export function soften(s: usize, tokens: i32, m: usize, e: usize, o: usize, width: i32): void {
  const end = s + ((<usize>((tokens + 7) & ~7)) << 2);
  for (let at = s + ((<usize>tokens) << 2); at < end; at += 4) store<f32>(at, -Infinity);
  let most = f32x4.max(v128.load(s), v128.load(s, 16));
  for (let at = s + 32; at < end; at += 32)
    most = f32x4.max(most, f32x4.max(v128.load(at), v128.load(at, 16)));
  const top = largest(most);
  let high = load<f32>(m);
  if (!(top <= high)) {
    rescale(f32x4.extract_lane(exp(f32x4.splat(high - top)), 0), e, o, width);
    high = top;
    store<f32>(m, high);
  }
  const shift = f32x4.splat(high);
  let sum = f32x4.splat(0);
  let sum1 = sum;
  for (let at = s; at < end; at += 32) {
    const p = exp(f32x4.sub(v128.load(at), shift));
    const p1 = exp(f32x4.sub(v128.load(at, 16), shift));
    v128.store(at, p);
    v128.store(at, p1, 16);
    sum = f32x4.add(sum, p);
    sum1 = f32x4.add(sum1, p1);
  }
  store<f32>(e, load<f32>(e) + total(f32x4.add(sum, sum1)));
}

function rescale(factor: f32, e: usize, o: usize, width: i32): void {
  store<f32>(e, load<f32>(e) * factor);
  const by = f32x4.splat(factor);
  for (const end = o + ((<usize>width) << 2); o < end; o += 16) v128.store(o, f32x4.mul(v128.load(o), by));
}
