const BUCKETS = 2048;
const SORTABLE = 512;

/** The end of an order by gap, lowest first, then by position: what stands up to there is kept. */
export interface Cutoff {
  readonly gap: number;
  readonly position: number;
}

/** Positions of the bucket that is looked into; written anew by each search. */
let inside = new Int32Array(0);
const sums = new Float64Array(BUCKETS);

/**
 * Where, in order of their gaps, the masses (1 each when null) first add up to `wanted`; null when they never do.
 * Linear: the gaps are counted into buckets, and only the bucket where it happens is looked into, likewise.
 */
export function cutoffAt(
  gaps: Float64Array,
  masses: Float64Array | null,
  count: number,
  wanted: number,
): Cutoff | null {
  if (inside.length < count) inside = new Int32Array(count);
  const { low, high } = bounds(gaps, count);
  if (count <= SORTABLE || low === high) {
    for (let at = 0; at < count; at++) inside[at] = at;
    return cutoffInside(gaps, masses, count, wanted);
  }
  const width = high - low;
  sums.fill(0);
  for (let at = 0; at < count; at++) {
    const bucket = bucketOf(gaps[at] ?? 0, low, width);
    sums[bucket] = (sums[bucket] ?? 0) + (masses ? (masses[at] ?? 0) : 1);
  }
  const found = findBucket(wanted);
  if (!found) return null;
  let size = 0;
  for (let at = 0; at < count; at++)
    if (bucketOf(gaps[at] ?? 0, low, width) === found.bucket) inside[size++] = at;
  return cutoffInside(gaps, masses, size, wanted - found.before);
}

/** Of the first `count` positions in `inside`, which are in order. */
function cutoffInside(
  gaps: Float64Array,
  masses: Float64Array | null,
  count: number,
  wanted: number,
): Cutoff | null {
  const massAt = (at: number): number => (masses ? (masses[inside[at] ?? 0] ?? 0) : 1);
  let size = count;
  let before = 0;
  for (;;) {
    const { low, high } = boundsInside(gaps, size);
    if (size <= SORTABLE && low !== high) inside.subarray(0, size).sort((a, b) => byGap(gaps, a, b));
    if (size <= SORTABLE || low === high) {
      for (let at = 0; at < size; at++) {
        before += massAt(at);
        if (before >= wanted) return { gap: gaps[inside[at] ?? 0] ?? 0, position: inside[at] ?? 0 };
      }
      return null;
    }
    const width = high - low;
    sums.fill(0);
    for (let at = 0; at < size; at++) {
      const bucket = bucketOf(gaps[inside[at] ?? 0] ?? 0, low, width);
      sums[bucket] = (sums[bucket] ?? 0) + massAt(at);
    }
    const found = findBucket(wanted - before);
    if (!found) return null;
    before += found.before;
    let kept = 0;
    for (let at = 0; at < size; at++) {
      const position = inside[at] ?? 0;
      if (bucketOf(gaps[position] ?? 0, low, width) === found.bucket) inside[kept++] = position;
    }
    size = kept;
  }
}

function findBucket(wanted: number): { readonly bucket: number; readonly before: number } | null {
  let before = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const sum = sums[bucket] ?? 0;
    if (before + sum >= wanted) return { bucket, before };
    before += sum;
  }
  return null;
}

/** The lowest gap is in the first bucket and the highest in the last, whatever is rounded: a search always ends. */
function bucketOf(gap: number, low: number, width: number): number {
  const bucket = (((gap - low) / width) * BUCKETS) | 0;
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

function bounds(gaps: Float64Array, count: number) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    const gap = gaps[at] ?? 0;
    if (gap < low) low = gap;
    if (gap > high) high = gap;
  }
  return { low, high };
}

function boundsInside(gaps: Float64Array, size: number) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < size; at++) {
    const gap = gaps[inside[at] ?? 0] ?? 0;
    if (gap < low) low = gap;
    if (gap > high) high = gap;
  }
  return { low, high };
}

function byGap(gaps: Float64Array, a: number, b: number): number {
  return (gaps[a] ?? 0) - (gaps[b] ?? 0) || a - b;
}
