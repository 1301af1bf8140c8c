import { scaled } from './salience.ts';
import type { Features, Scorer } from './scorer.ts';

/** Encoders read no more of a text. */
const MOST_READ_CHARS = 1024;
/** Spans on either side that lift one that stands among relevant ones: answers seldom repeat the question's words. */
const NEIGHBOURS = 3;
/** Of both judgements together. */
const QUICK_SHARE = 0.3;
const UNSEEN_QUANTILE = 0.25;

/**
 * Bounds the time of a slow scorer: a quick one reads everything, and the slow one judges what that found best, up to
 * `mostChars` characters (retrieve, then rerank: Nogueira and Cho 2019, arXiv 1901.04085).
 */
export function stagedScorer(quick: Scorer, slow: Scorer, mostChars: number): Scorer {
  return {
    name: slow.name,
    features: async (spans, question, signal) => {
      const total = spans.reduce((sum, span) => sum + cost(span), 0);
      if (total <= mostChars) return await slow.features(spans, question, signal);
      const first = await quick.features(spans, question, signal);
      const chosen = best(spans, first, mostChars);
      const second = await slow.features(
        chosen.map((index) => spans[index] ?? ''),
        question,
        signal,
      );
      return merged(first, second, chosen);
    },
  };
}

function cost(span: string): number {
  return Math.min(span.length, MOST_READ_CHARS);
}

/** By index, in their order. */
function best(spans: readonly string[], { relevance, centrality }: Features, mostChars: number): number[] {
  const values = relevance ?? centrality;
  const lifted = values.map((value, index) => {
    const around = values.slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1);
    return value + around.reduce((most, each) => Math.max(most, each), 0) / 2;
  });
  const order = lifted.map((_, index) => index).sort((a, b) => (lifted[b] ?? 0) - (lifted[a] ?? 0) || a - b);
  let left = mostChars;
  const chosen: number[] = [];
  for (const index of order) {
    left -= cost(spans[index] ?? '');
    if (left < 0) break;
    chosen.push(index);
  }
  return chosen.sort((a, b) => a - b);
}

function merged(first: Features, second: Features, chosen: readonly number[]): Features {
  const places = new Map(chosen.map((index, place) => [index, place]));
  return {
    relevance: first.relevance && second.relevance && over(first.relevance, second.relevance, places),
    centrality: over(first.centrality, second.centrality, places),
    similarity: (a, b) => {
      const [placeA, placeB] = [places.get(a), places.get(b)];
      return placeA === undefined || placeB === undefined
        ? first.similarity(a, b)
        : second.similarity(placeA, placeB);
    },
  };
}

/** Both judgements together; what the second one did not see is taken for one of the lesser of those that it saw. */
function over(
  first: readonly number[],
  second: readonly number[],
  places: ReadonlyMap<number, number>,
): number[] {
  const [all, seen] = [scaled(first), scaled(second)];
  const unseen = [...seen].sort((a, b) => a - b)[Math.floor(UNSEEN_QUANTILE * seen.length)] ?? 0;
  return all.map((value, index) => {
    const place = places.get(index);
    return QUICK_SHARE * value + (1 - QUICK_SHARE) * (place === undefined ? unseen : (seen[place] ?? 0));
  });
}
