import type { Span } from '../spans/index.ts';
import type { Features, Scorer } from './scorer.ts';

/** How much each feature counts for a span's salience. */
export interface Weights {
  readonly relevance: number;
  readonly centrality: number;
  readonly position: number;
  /** How much of a span's relevance comes from the best of its paragraph, since one sentence explains another. */
  readonly paragraph: number;
  /** How much likeness to what is kept already counts against a span. */
  readonly novelty: number;
}

/** By what spans are judged by. Chosen on questions of the benchmark that its report leaves out. */
export const WEIGHTS: Readonly<Record<Scorer['name'], Weights>> = {
  embedding: { relevance: 0.8, centrality: 0.1, position: 0.1, paragraph: 0.6, novelty: 0.1 },
  lexical: { relevance: 0.96, centrality: 0.02, position: 0.02, paragraph: 0.4, novelty: 0.05 },
};

/** A number a span: how much the text loses without it. Between 0 and 1, relative to the other spans. */
export function salience(spans: readonly Span[], features: Features, weights: Weights): number[] {
  const centrality = scaled(features.centrality);
  const relevance = features.relevance && withParagraph(spans, scaled(features.relevance), weights.paragraph);
  const ofRelevance = relevance ? weights.relevance : 0;
  const total = ofRelevance + weights.centrality + weights.position;
  return spans.map(
    (_, index) =>
      (ofRelevance * (relevance?.[index] ?? 0) +
        weights.centrality * (centrality[index] ?? 0) +
        weights.position * position(spans, index)) /
      total,
  );
}

/** Texts say what they are about at their beginning and, less so, at their end; paragraphs in their first sentence. */
function position(spans: readonly Span[], index: number): number {
  const last = spans.length - 1;
  const place = last === 0 ? 0 : index / last;
  const inText = Math.max(1 - 4 * place, 0.5 - 4 * (1 - place), 0);
  const first = spans[index - 1]?.block !== spans[index]?.block;
  return 0.6 * inText + (first ? 0.4 : 0);
}

function withParagraph(spans: readonly Span[], values: readonly number[], share: number): number[] {
  const best = new Map<number, number>();
  for (const [index, { block }] of spans.entries())
    best.set(block, Math.max(best.get(block) ?? 0, values[index] ?? 0));
  return values.map(
    (value, index) => (1 - share) * value + share * (best.get(spans[index]?.block ?? -1) ?? 0),
  );
}

/** From 0 for the least to 1 for the greatest. */
export function scaled(values: readonly number[]): number[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const range = high - low;
  return values.map((value) => (range > 0 ? (value - low) / range : 0));
}
