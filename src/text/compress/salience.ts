import type { Span } from '../spans/index.ts';
import type { Features } from './scorer.ts';

/** How much each feature counts for a span's salience. Chosen on the first half of the benchmark's questions. */
export interface Weights {
  readonly relevance: number;
  readonly centrality: number;
  readonly position: number;
  /** How much of a span's relevance comes from the best of its paragraph, since one sentence explains another. */
  readonly paragraph: number;
}

export const WEIGHTS: Weights = { relevance: 0.7, centrality: 0.15, position: 0.15, paragraph: 0.4 };

/** A number a span: how much the text loses without it. Between 0 and 1, relative to the other spans. */
export function salience(spans: readonly Span[], features: Features, weights: Weights = WEIGHTS): number[] {
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

function scaled(values: readonly number[]): number[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const range = high - low;
  return values.map((value) => (range > 0 ? (value - low) / range : 0));
}
