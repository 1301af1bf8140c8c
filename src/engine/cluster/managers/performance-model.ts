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
 * attention over 128K tokens in 12.8 ms a layer. Only the ratios matter for plans; measured steps replace them (`fitModel`).
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

/** One step that was measured. */
export interface StepSample {
  /** Rows of the step. */
  readonly batch: number;
  readonly blocks: number;
  readonly stepMs: number;
}

const LEAST_SAMPLES = 8;

/** The model whose dense part and attention fit the samples best (least squares); `base` where they do not tell. */
export function fitModel(base: PerformanceModel, samples: readonly StepSample[]): PerformanceModel {
  if (samples.length < LEAST_SAMPLES) return base;
  const rows = samples.map(({ batch, blocks }) => [1, batch, blocks] as const);
  const times = samples.map(({ stepMs }) => stepMs / base.layers);
  const normal = [0, 1, 2].map((i) => [
    ...[0, 1, 2].map((j) => rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)),
    rows.reduce((sum, row, at) => sum + (row[i] ?? 0) * (times[at] ?? 0), 0),
  ]);
  const [fixed, rowMs, blockMs] = solve(normal) ?? [];
  if (fixed === undefined || rowMs === undefined || blockMs === undefined) return base;
  if (!(fixed > 0 && rowMs >= 0 && blockMs >= 0)) return base;
  return { ...base, denseMs: Math.max(0, fixed - base.attentionMs), rowMs, blockMs };
}

/** Gauss with pivots; null when the equations do not determine the answer. */
function solve(augmented: readonly (readonly number[])[]): number[] | null {
  const rows = augmented.map((row) => [...row]);
  const size = rows.length;
  const largest = Math.max(...rows.flat().map(Math.abs));
  for (let column = 0; column < size; column += 1) {
    const at = (row: number): number => rows[row]?.[column] ?? 0;
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) if (Math.abs(at(row)) > Math.abs(at(pivot))) pivot = row;
    if (Math.abs(at(pivot)) <= largest * 1e-12) return null;
    const [best, other] = [rows[pivot] ?? [], rows[column] ?? []];
    rows[column] = best;
    rows[pivot] = other;
    for (let row = 0; row < size; row += 1) {
      if (row === column) continue;
      const factor = at(row) / at(column);
      rows[row] = (rows[row] ?? []).map((value, index) => value - factor * (best[index] ?? 0));
    }
  }
  return rows.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}
