/** What is known of the spans of one text: which are alike, which are central, which answer the question. */
export interface Features {
  /** How near each span is to the question; null without a question. */
  readonly relevance: readonly number[] | null;
  /** How near each span is to the text as a whole. */
  readonly centrality: readonly number[];
  /** How alike two spans are, at most 1. */
  similarity(a: number, b: number): number;
}

export interface Scorer {
  readonly name: 'embedding' | 'lexical';
  /** @throws CallError `not_ready` when its model is missing */
  features(spans: readonly string[], question: string | null, signal?: AbortSignal): Promise<Features>;
}
