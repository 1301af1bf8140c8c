const DIMENSIONS = 384;
/** How far a passage is from its topic; as far from each other as real passages of one topic are: a cosine of 0.6. */
const SPREAD = 0.8;

/** Unit vectors around topics, the same ones at each run. Passages of real texts lie in such clusters, too. */
export function topical(seed: number, topics: number): () => Float32Array {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const centers = Array.from({ length: topics }, () => Float32Array.from({ length: DIMENSIONS }, normal));
  return () => {
    const center = centers[Math.floor(next() * topics)] ?? new Float32Array(DIMENSIONS);
    return unit(center.map((value) => value + SPREAD * normal()));
  };
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
