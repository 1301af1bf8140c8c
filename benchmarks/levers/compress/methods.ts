import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { TokenCounter } from '../../../src/core/ports.ts';
import {
  type CompressOptions,
  embeddingScorer,
  lexicalScorer,
  type Scorer,
} from '../../../src/text/compress/index.ts';
import { createEmbedder } from '../../../src/text/embed/index.ts';
import { seeded } from './questions.ts';

export const tokens: TokenCounter = { count: async (text) => ({ tokens: countTokens(text), exact: true }) };

/** A way to choose spans: all get the same spans, budgets and protection. */
export interface Method {
  readonly name: string;
  readonly options: Pick<CompressOptions, 'scorer' | 'weights'>;
}

const ONE_SCORE = { weights: { relevance: 1, centrality: 0, position: 0, paragraph: 0, novelty: 0 } };

const firstScorer: Scorer = by((spans) => spans.map((_, index) => -index));

export function baselines(): Method[] {
  const random = seeded(3);
  return [
    { name: 'bm25', options: { scorer: lexicalScorer, ...ONE_SCORE } },
    { name: 'first', options: { scorer: firstScorer, ...ONE_SCORE } },
    { name: 'random', options: { scorer: by((spans) => spans.map(() => random())), ...ONE_SCORE } },
  ];
}

export function ours(models: string | null): {
  readonly methods: Method[];
  readonly close: () => Promise<void>;
} {
  const lexical = { name: 'lexical', options: { scorer: lexicalScorer } };
  if (models === null) return { methods: [lexical], close: async () => undefined };
  const embedder = createEmbedder({ folder: models, keep: 50_000 });
  const embedding = { name: 'embedding', options: { scorer: embeddingScorer(embedder) } };
  return { methods: [embedding, lexical], close: async () => await embedder.close() };
}

function by(score: (spans: readonly string[]) => number[]): Scorer {
  return {
    name: 'lexical',
    features: async (spans) => ({
      relevance: score(spans),
      centrality: spans.map(() => 0),
      similarity: () => 0,
    }),
  };
}
