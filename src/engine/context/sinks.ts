/**
 * Tokens that most later ones look at for want of anything better (attention sinks, arXiv 2309.17453): the first, and some
 * that the model makes its sinks on the way. A token that is there to be looked at says nothing: its values are much shorter
 * than others'. Their errors are everybody's, so they are kept exactly; of what a context of real text loses without this,
 * they are half.
 */
const SHORT = 0.4;
/** Where more look like sinks, shortness means something else. */
const MOST_PART = 1 / 16;

/** @param v [tokens, channels] @returns their indices, ascending */
export function sinks(v: Float32Array, channels: number, isStart: boolean): readonly number[] {
  const lengths = Float64Array.from({ length: v.length / channels }, (_, token) =>
    lengthOf(v, token, channels),
  );
  const usual = lengths.toSorted()[lengths.length >> 1] ?? 0;
  const short = [...lengths.keys()].filter((token) => lengths[token]! < SHORT * usual);
  const first = isStart ? [0] : [];
  return short.length > MOST_PART * lengths.length ? first : [...new Set([...first, ...short])];
}

function lengthOf(v: Float32Array, token: number, channels: number): number {
  let squares = 0;
  for (let i = token * channels; i < (token + 1) * channels; i++) squares += v[i]! ** 2;
  return Math.sqrt(squares);
}
