import type { Scorer } from './scorer.ts';
import { norm, termsOf } from './terms.ts';
import { turns } from './turns.ts';

/** Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). */
const K1 = 1.2;
const B = 0.75;

/** Judges spans by their words: BM25 for the question, TF-IDF for the rest. Needs no model and is blind to paraphrase. */
export const lexicalScorer: Scorer = {
  name: 'lexical',
  features: async (spans, question) => {
    const turn = turns();
    const counts: Map<string, number>[] = [];
    for (const span of spans) {
      counts.push(termsOf(span));
      if (turn.due()) await turn.next();
    }
    const idf = inverseFrequencies(counts);
    const weights: Map<string, number>[] = [];
    for (const terms of counts) {
      weights.push(weighted(terms, idf));
      if (turn.due()) await turn.next();
    }
    const norms = weights.map(norm);
    const middle = new Map<string, number>();
    for (const [index, terms] of weights.entries()) {
      if (turn.due()) await turn.next();
      for (const [term, weight] of terms)
        middle.set(term, (middle.get(term) ?? 0) + weight / (norms[index] || 1));
    }
    const middleNorm = norm(middle);
    const cosine = (
      a: ReadonlyMap<string, number>,
      b: ReadonlyMap<string, number>,
      lengths: number,
    ): number => {
      let sum = 0;
      for (const [term, weight] of a) sum += weight * (b.get(term) ?? 0);
      return lengths === 0 ? 0 : sum / lengths;
    };
    return {
      relevance: question === null ? null : bm25(counts, idf, termsOf(question)),
      centrality: weights.map((terms, index) => cosine(terms, middle, (norms[index] ?? 0) * middleNorm)),
      similarity: (a, b) => cosine(weights[a] ?? NONE, weights[b] ?? NONE, (norms[a] ?? 0) * (norms[b] ?? 0)),
    };
  },
};

const NONE: ReadonlyMap<string, number> = new Map();

function inverseFrequencies(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const documents = new Map<string, number>();
  for (const terms of counts)
    for (const term of terms.keys()) documents.set(term, (documents.get(term) ?? 0) + 1);
  const all = counts.length;
  return new Map(
    Array.from(documents, ([term, count]) => [term, Math.log(1 + (all - count + 0.5) / (count + 0.5))]),
  );
}

function weighted(terms: ReadonlyMap<string, number>, idf: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(Array.from(terms, ([term, count]) => [term, (1 + Math.log(count)) * (idf.get(term) ?? 0)]));
}

/** How well each of the texts answers a question, by the words that they share. */
function bm25(
  counts: readonly ReadonlyMap<string, number>[],
  idf: ReadonlyMap<string, number>,
  question: ReadonlyMap<string, number>,
): number[] {
  const lengths = counts.map((terms) => {
    let length = 0;
    for (const count of terms.values()) length += count;
    return length;
  });
  const mean = lengths.reduce((sum, length) => sum + length, 0) / (lengths.length || 1) || 1;
  return counts.map((terms, index) => {
    let score = 0;
    for (const term of question.keys()) {
      const count = terms.get(term);
      if (count === undefined) continue;
      const length = (lengths[index] ?? 0) / mean;
      score += ((idf.get(term) ?? 0) * count * (K1 + 1)) / (count + K1 * (1 - B + B * length));
    }
    return score;
  });
}
