import type { SamplingOptions } from '../ports.ts';
import { type Cutoff, cutoffAt } from './cutoff.ts';
import { expOfMinus } from './exp.ts';

/** Gaps beyond are equal: their tokens have no mass. */
const FARTHEST = 1e300;

/** Written anew by each draw, never held over one. */
let gapScratch = new Float64Array(0);
let massScratch = new Float64Array(0);
let idScratch = new Int32Array(0);

/**
 * Draws by temperature, top_k, top_p and min_p, in this order.
 * @param logits [vocabulary], finite
 * @param max the highest of them
 * @param uniform in [0, 1)
 */
export function draw(
  logits: Float32Array | Float64Array,
  max: number,
  options: SamplingOptions,
  uniform: number,
): number {
  reserve(logits.length);
  const gaps = gapScratch;
  const { temperature, topK, topP, minP } = options;
  let count = logits.length;
  for (let id = 0; id < count; id++) gaps[id] = Math.min((max - (logits[id] ?? 0)) / temperature, FARTHEST);
  const cut = topK > 0 && topK < count ? cutoffAt(gaps, null, count, topK) : null;
  if (cut) count = compact(gaps, count, cut);
  const masses = massScratch;
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const mass = expOfMinus(gaps[at] ?? 0);
    masses[at] = mass;
    sum += mass;
  }
  const end = topP < 1 ? cutoffAt(gaps, masses, count, topP * sum) : null;
  if (end || minP > 0) sum = drop(gaps, masses, count, end, minP);
  const at = pick(masses, count, uniform * sum);
  return cut ? (idScratch[at] ?? 0) : at;
}

function reserve(vocabulary: number): void {
  if (gapScratch.length >= vocabulary) return;
  gapScratch = new Float64Array(vocabulary);
  massScratch = new Float64Array(vocabulary);
  idScratch = new Int32Array(vocabulary);
}

/** Moves what is kept to the front, in order of id, and notes the ids. Returns how many there are. */
function compact(gaps: Float64Array, count: number, cut: Cutoff): number {
  let kept = 0;
  for (let id = 0; id < count; id++) {
    const gap = gaps[id] ?? 0;
    if (gap > cut.gap || (gap === cut.gap && id > cut.position)) continue;
    gaps[kept] = gap;
    idScratch[kept++] = id;
  }
  return kept;
}

/** The likeliest token's mass is 1, so `minP` is compared with masses. Returns the sum of those that stay. */
function drop(
  gaps: Float64Array,
  masses: Float64Array,
  count: number,
  end: Cutoff | null,
  minP: number,
): number {
  const last = end ?? { gap: FARTHEST, position: count };
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const gap = gaps[at] ?? 0;
    const mass = masses[at] ?? 0;
    if (mass < minP || gap > last.gap || (gap === last.gap && at > last.position)) masses[at] = 0;
    else sum += mass;
  }
  return sum;
}

/** Where the masses first add up to more than `target`. */
function pick(masses: Float64Array, count: number, target: number): number {
  let sum = 0;
  let last = 0;
  for (let at = 0; at < count; at++) {
    const mass = masses[at] ?? 0;
    if (mass === 0) continue;
    sum += mass;
    last = at;
    if (sum > target) return at;
  }
  return last;
}
