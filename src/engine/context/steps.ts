import type { KvShape } from '../ports.ts';

/** How finely keys and values are kept. */
export interface Fineness {
  /** Quantisation steps: of a known model in its own units (step-tables.ts), else relative to the layer's spread. */
  readonly step: number;
  /** Step of each layer's heads, keys' before values'; null: every layer's are relative to its spread. */
  readonly table: StepTable | null;
}

/** [layers, 2, kvHeads]: keys' heads, then values' heads, of each layer. */
export type StepTable = Float32Array;

/** See docs/engine.md for what coarser ones save and cost (benchmarks/engine/context.ts). */
export const EVEN_STEP = 0.1;

/** A step is at least this part of the values' size: finer than bf16 keeps them means nothing. */
const FINEST = 2 ** -10;

export interface LayerSteps {
  /** Of each head. */
  readonly k: readonly number[];
  readonly v: readonly number[];
}

/** @param k and @param v of one layer, without its sinks' being looked at apart: [tokens, kvHeads · headDim] */
export function layerSteps(
  layer: number,
  { k, v }: { readonly k: Float32Array; readonly v: Float32Array },
  kv: KvShape,
  { step, table }: Fineness,
): LayerSteps {
  if (table) {
    const at = (kind: number): number[] =>
      Array.from({ length: kv.kvHeads }, (_, head) => step * table[(2 * layer + kind) * kv.kvHeads + head]!);
    return { k: at(0), v: at(1) };
  }
  const channels = kv.kvHeads * kv.headDim;
  const alike = (values: Float32Array): number[] => Array(kv.kvHeads).fill(step * spread(values, channels));
  return { k: alike(k), v: alike(v) };
}

/** Root mean square around the channels' means, at least a little of that around zero. */
export function spread(values: Float32Array, channels: number): number {
  const tokens = values.length / channels;
  let around = 0;
  let all = 0;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let squares = 0;
    for (let at = channel; at < values.length; at += channels) {
      sum += values[at]!;
      squares += values[at]! ** 2;
    }
    all += squares;
    around += Math.max(0, squares - sum ** 2 / tokens);
  }
  return Math.max(Math.sqrt(around / values.length), FINEST * Math.sqrt(all / values.length));
}
