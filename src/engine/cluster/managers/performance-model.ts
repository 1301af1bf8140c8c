/**
 * How long one layer of a decode step takes: T(β, S) = W(β)/f(β) + S/g(S), the dense part for a batch of β and attention
 * over S rBlocks (arXiv 2401.02669, section 5). The dense part is a line: reading the weights, and work for each row. g
 * rises towards its limit as S grows, which makes S/g(S) a line too.
 */
export interface PerformanceModel {
  readonly layers: number;
  readonly denseMs: number;
  readonly rowMs: number;
  readonly attentionMs: number;
  readonly blockMs: number;
  /** What asking other instances adds to a debtor's layer, beyond what overlaps with its own work. */
  readonly wireMs: number;
  /** To copy a block to another instance. */
  readonly moveMs: number;
  /** A move must pay off within this time. */
  readonly horizonMs: number;
}

/**
 * SmolLM2-135M (30 layers, 3 KV heads of 64, bf16) on one core: decode of 12 ms a token, prefill of 600 tokens a second,
 * attention over 128K tokens in 12.8 ms a layer. Only the ratios matter for plans.
 */
export const DEFAULT_MODEL: PerformanceModel = {
  layers: 30,
  denseMs: 0.35,
  rowMs: 0.05,
  attentionMs: 0.005,
  blockMs: 0.0064,
  wireMs: 0.05,
  moveMs: 3,
  horizonMs: 10_000,
};

/** What decides an instance's speed. */
export interface Work {
  /** Sequences in a step. */
  readonly batch: number;
  /** rBlocks that it attends over in its steps and in those of others. */
  readonly blocks: number;
  /** rBlocks of its sequences that are elsewhere. */
  readonly remote: number;
}

export function layerMs(model: PerformanceModel, { batch, blocks, remote }: Work): number {
  const dense = model.denseMs + model.rowMs * batch;
  const attention = blocks > 0 ? model.attentionMs + model.blockMs * blocks : 0;
  return dense + attention + (remote > 0 ? model.wireMs : 0);
}

export function tokensPerSecond(model: PerformanceModel, work: Work): number {
  return work.batch === 0 ? 0 : (1_000 * work.batch) / (model.layers * layerMs(model, work));
}
