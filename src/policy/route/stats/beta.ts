import type { Random } from '../../../core/ports.ts';

/** How good something is, as a Beta distribution over the share of good outcomes. */
export interface Belief {
  /** Good outcomes, the prior's included. */
  readonly alpha: number;
  /** Bad outcomes, the prior's included. */
  readonly beta: number;
}

export function meanOf({ alpha, beta }: Belief): number {
  return alpha / (alpha + beta);
}

const PRECISION = 1e-6;

/** The share that is exceeded with this confidence: the (1 − confidence) quantile, within 1e-6. Newton within a bracket. */
export function lowerBound({ alpha, beta }: Belief, confidence: number): number {
  const tail = 1 - confidence;
  const scale = logScale(alpha, beta);
  let low = 0;
  let high = 1;
  let x = guess(alpha, beta);
  while (high - low > PRECISION) {
    const excess = scaledCdf(x, alpha, beta, scale) - tail;
    if (excess < 0) low = x;
    else high = x;
    const density = Math.exp(scale + (alpha - 1) * Math.log(x) + (beta - 1) * Math.log1p(-x));
    const next = x - excess / density;
    // A short step is the last one: one beyond it closes the bracket, if it was no mistake.
    const beyond = next + (excess < 0 ? PRECISION / 2 : -PRECISION / 2);
    const wanted = Math.abs(next - x) < PRECISION / 2 ? beyond : next;
    x = wanted > low && wanted < high ? wanted : (low + high) / 2;
  }
  return (low + high) / 2;
}

function guess(alpha: number, beta: number): number {
  const all = alpha + beta;
  const mean = alpha / all;
  const spread = Math.sqrt((mean * (1 - mean)) / (all + 1));
  return Math.max(mean - 1.6 * spread, mean / 2);
}

/** The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical Recipes 6.4). */
export function betaCdf(x: number, a: number, b: number): number {
  return scaledCdf(x, a, b, logScale(a, b));
}

function logScale(a: number, b: number): number {
  return logGamma(a + b) - logGamma(a) - logGamma(b);
}

function scaledCdf(x: number, a: number, b: number, scale: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(scale + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(x, a, b)) / a
    : 1 - (front * continuedFraction(1 - x, b, a)) / b;
}

const TINY = 1e-300;

function continuedFraction(x: number, a: number, b: number): number {
  const atLeast = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / atLeast(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / atLeast(1 + even * d);
    c = atLeast(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / atLeast(1 + odd * d);
    c = atLeast(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return fraction;
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0, by Lanczos's approximation (g = 7, n = 9). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum = 0.99999999999980993;
  for (const [index, coefficient] of LANCZOS.entries()) sum += coefficient / (z + index + 1);
  const t = z + LANCZOS.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** One draw from the belief. */
export function sample({ alpha, beta }: Belief, random: Random): number {
  const good = gamma(alpha, random);
  const bad = gamma(beta, random);
  return good + bad > 0 ? good / (good + bad) : alpha / (alpha + beta);
}

/** One draw from Gamma(shape, 1): Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** One draw from the standard normal distribution (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
