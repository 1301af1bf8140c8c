import type { Encoder } from './session.ts';
import type { WordPiece } from './wordpiece.ts';

/** Texts of one run. More share its overhead, and then the longest decides how much is padding. */
const MOST_ROWS = 16;
const MOST_PADDED_TOKENS = 2048;

/** The vectors of some texts, one after another, in their order: mean over the tokens, of unit length. */
export function encodeSentences(
  texts: readonly string[],
  { encoder, words, mostTokens }: { encoder: Encoder; words: WordPiece; mostTokens: number },
): Float32Array<ArrayBuffer> {
  const { dimensions } = encoder;
  const vectors = new Float32Array(texts.length * dimensions);
  for (const batch of batches(texts.map((text) => words.ids(text, mostTokens)))) {
    const length = Math.max(...batch.map(({ ids }) => ids.length));
    const padded = new BigInt64Array(batch.length * length);
    const mask = new BigInt64Array(batch.length * length);
    for (const [row, { ids }] of batch.entries())
      for (const [column, id] of ids.entries()) {
        padded[row * length + column] = BigInt(id);
        mask[row * length + column] = 1n;
      }
    const states = encoder.run(padded, mask, batch.length, length);
    for (const [row, { at, ids }] of batch.entries()) {
      const start = row * length * dimensions;
      const own = states.subarray(start, start + ids.length * dimensions);
      pool(own, vectors.subarray(at * dimensions, (at + 1) * dimensions));
    }
  }
  return vectors;
}

interface Row {
  readonly at: number;
  readonly ids: readonly number[];
}

/** Texts of like length go together. */
function batches(all: readonly (readonly number[])[]): Row[][] {
  const rows = all.map((ids, at) => ({ at, ids })).sort((a, b) => a.ids.length - b.ids.length);
  const made: Row[][] = [];
  let batch: Row[] = [];
  for (const row of rows) {
    const full = batch.length === MOST_ROWS || (batch.length + 1) * row.ids.length > MOST_PADDED_TOKENS;
    if (full && batch.length > 0) {
      made.push(batch);
      batch = [];
    }
    batch.push(row);
  }
  if (batch.length > 0) made.push(batch);
  return made;
}

/** The direction of the mean is that of the sum. */
function pool(states: Float32Array, into: Float32Array): void {
  const dimensions = into.length;
  for (let at = 0; at < states.length; at += dimensions)
    for (let d = 0; d < dimensions; d++) into[d] = (into[d] ?? 0) + (states[at + d] ?? 0);
  let squares = 0;
  for (const value of into) squares += value * value;
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let d = 0; d < dimensions; d++) into[d] = (into[d] ?? 0) * scale;
}
