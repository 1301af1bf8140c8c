import type { Found, Passage } from '../../core/documents.ts';
import { dot } from '../../core/similarity.ts';

/** The passages that are nearest to the vector, the best first; of equals, the one that comes first. */
export function nearestOf(passages: readonly Passage[], vector: Float32Array, most: number): Found[] {
  const best: { at: number; score: number }[] = [];
  passages.forEach((passage, at) => {
    const score = dot(passage.vector, vector);
    const last = best.at(-1);
    if (best.length === most && (!last || score <= last.score)) return;
    let place = best.length;
    while (place > 0 && (best[place - 1]?.score ?? 0) < score) place -= 1;
    best.splice(place, 0, { at, score });
    if (best.length > most) best.pop();
  });
  return best.flatMap(({ at, score }) => {
    const passage = passages[at];
    return passage ? [{ ...passage, score }] : [];
  });
}
