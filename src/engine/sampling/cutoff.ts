const BUCKETS = 512;
const SORTABLE = 1024;

/** The end of an order by gap, lowest first, then by position: what stands up to there is kept. */
export interface Cutoff {
  readonly gap: number;
  readonly position: number;
}

/**
 * Where, in order of their gaps, the masses (1 each when null) first add up to `wanted`; null when they never do.
 * Linear: the gaps are counted into buckets, and only the bucket where it happens is looked into.
 */
export function cutoffAt(
  gaps: Float64Array,
  masses: Float64Array | null,
  count: number,
  wanted: number,
): Cutoff | null {
  let within: Int32Array | null = null;
  let size = count;
  let before = 0;
  for (;;) {
    const { low, high } = bounds(gaps, within, size);
    if (size <= SORTABLE || low === high) return cutoffOfSorted(gaps, masses, within, size, wanted - before);
    const scale = BUCKETS / (high - low);
    const bucketOf = (gap: number): number => Math.min(BUCKETS - 1, Math.floor((gap - low) * scale));
    const sums = new Float64Array(BUCKETS);
    for (let at = 0; at < size; at++) {
      const position = within ? (within[at] ?? 0) : at;
      const bucket = bucketOf(gaps[position] ?? 0);
      sums[bucket] = (sums[bucket] ?? 0) + (masses ? (masses[position] ?? 0) : 1);
    }
    let bucket = 0;
    for (; bucket < BUCKETS; bucket++) {
      if (before + (sums[bucket] ?? 0) >= wanted) break;
      before += sums[bucket] ?? 0;
    }
    if (bucket === BUCKETS) return null;
    const inside = new Int32Array(size);
    let found = 0;
    for (let at = 0; at < size; at++) {
      const position: number = within ? (within[at] ?? 0) : at;
      if (bucketOf(gaps[position] ?? 0) === bucket) inside[found++] = position;
    }
    within = inside;
    size = found;
  }
}

function bounds(gaps: Float64Array, within: Int32Array | null, size: number) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < size; at++) {
    const gap = gaps[within ? (within[at] ?? 0) : at] ?? 0;
    if (gap < low) low = gap;
    if (gap > high) high = gap;
  }
  return { low, high };
}

function cutoffOfSorted(
  gaps: Float64Array,
  masses: Float64Array | null,
  within: Int32Array | null,
  size: number,
  wanted: number,
): Cutoff | null {
  const order = Array.from({ length: size }, (_, at) => (within ? (within[at] ?? 0) : at));
  order.sort((a, b) => (gaps[a] ?? 0) - (gaps[b] ?? 0) || a - b);
  let sum = 0;
  for (const position of order) {
    sum += masses ? (masses[position] ?? 0) : 1;
    if (sum >= wanted) return { gap: gaps[position] ?? 0, position };
  }
  return null;
}
