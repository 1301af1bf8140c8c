import type { Embedder } from '../../core/ports.ts';
import type { Scorer } from './scorer.ts';
import { dot } from '../../core/similarity.ts';
import { lexicalScorer } from './lexical-scorer.ts';
import { stagedScorer } from './staged-scorer.ts';

/** Some 4,000 tokens, for which a small encoder takes about 3 s of one core. */
const MOST_ENCODED_CHARS = 16_000;

/** Judges spans by their meaning; of long texts only those that words say may matter, so that the time is bounded. */
export function embeddingScorer(embedder: Embedder, mostChars = MOST_ENCODED_CHARS): Scorer {
  return stagedScorer(lexicalScorer, meaningScorer(embedder), mostChars);
}

function meaningScorer(embedder: Embedder): Scorer {
  return {
    name: 'embedding',
    features: async (spans, question, signal) => {
      await embedder.ready();
      const texts = spans.map((span) => span.trim());
      const vectors = await embedder.embed(question === null ? texts : [...texts, question], signal);
      const asked = question === null ? null : (vectors[spans.length] ?? new Float32Array());
      const middle = unit(sum(vectors.slice(0, spans.length), embedder.dimensions));
      const at = (index: number): Float32Array => vectors[index] ?? new Float32Array();
      return {
        relevance: asked && texts.map((_, index) => dot(at(index), asked)),
        centrality: texts.map((_, index) => dot(at(index), middle)),
        similarity: (a, b) => dot(at(a), at(b)),
      };
    },
  };
}

function sum(vectors: readonly Float32Array[], dimensions: number): Float32Array {
  const total = new Float32Array(dimensions);
  for (const vector of vectors)
    for (let i = 0; i < dimensions; i++) total[i] = (total[i] ?? 0) + (vector[i] ?? 0);
  return total;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}
