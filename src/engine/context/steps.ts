import type { KvShape } from '../ports.ts';
import { PER_OCTAVE, pairsOf } from './section-steps.ts';

/** How finely keys and values are kept. */
export interface Fineness {
  /** Quantisation steps: of a known model in its own units (step-tables.ts), else relative to the layer's spread. */
  readonly step: number;
  /** What was measured of a model; null: heads of a layer are alike, and its pairs of key channels are told by their size. */
  readonly table: StepTable | null;
}

export interface StepTable {
  /** [layers, 2, kvHeads]: step of keys' heads, then of values' heads, of each layer. */
  readonly heads: Float32Array;
  /** [layers, kvHeads, headDim / 2]: quarter octaves that a pair of key channels is coarser than its head. */
  readonly pairs: Int8Array;
}

/** See docs/engine.md for what coarser ones save and cost (benchmarks/engine/context.ts). */
export const EVEN_STEP = 0.1;

/** A step is at least this part of the values' size: finer than bf16 keeps them means nothing. */
const FINEST = 2 ** -10;

export interface LayerSteps {
  /** Of each head. */
  readonly k: readonly number[];
  readonly v: readonly number[];
  /** [kvHeads, headDim / 2], see StepTable. */
  readonly pairs: Int8Array;
}

interface LayerValues {
  /** Not rotated. */
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** @param values of one layer, its sinks not looked at apart: [tokens, kvHeads · headDim] */
export function layerSteps(
  layer: number,
  values: LayerValues,
  kv: KvShape,
  { step, table }: Fineness,
): LayerSteps {
  if (table) {
    const at = (kind: number): number[] =>
      Array.from(
        { length: kv.kvHeads },
        (_, head) => step * table.heads[(2 * layer + kind) * kv.kvHeads + head]!,
      );
    const perLayer = kv.kvHeads * pairsOf(kv.headDim);
    return { k: at(0), v: at(1), pairs: table.pairs.subarray(layer * perLayer, (layer + 1) * perLayer) };
  }
  const channels = kv.kvHeads * kv.headDim;
  const alike = (of: Float32Array): number[] => Array(kv.kvHeads).fill(step * spread(of, channels));
  return { k: alike(values.k), v: alike(values.v), pairs: pairsBySize(values.k, kv) };
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

/** Of the exponent that squared gradients have over a pair's squared size, a little less: what is not known of a model. */
const TRUST = 0.8;
/** Octaves that a pair may be finer or coarser than its head. */
const MOST_OCTAVES = 2;

/**
 * The pairs of channels in which a model's keys are large are those in which its queries are large (massive values, arXiv
 * 2502.01563), so that an error does more harm there: the larger a pair, the finer its step. A head's steps stay as they are on
 * average, so that no byte is spent.
 */
export function pairsBySize(k: Float32Array, { kvHeads, headDim }: KvShape): Int8Array {
  const perHead = pairsOf(headDim);
  const out = new Int8Array(kvHeads * perHead);
  for (let head = 0; head < kvHeads; head++) {
    const squares = new Float64Array(perHead);
    for (let first = head * headDim; first < k.length; first += kvHeads * headDim)
      for (let i = 0; i < headDim; i++) squares[i % perHead]! += k[first + i]! ** 2;
    const all = squares.reduce((a, b) => a + b, 0);
    if (!(all > 0)) continue;
    const octaves = squares.map((each) => Math.log2(Math.max(each, FINEST ** 2 * all)) / 2);
    const mean = octaves.reduce((a, b) => a + b, 0) / perHead;
    octaves.forEach((each, i) => {
      const coarser = Math.max(-MOST_OCTAVES, Math.min(MOST_OCTAVES, TRUST * (mean - each)));
      out[head * perHead + i] = Math.round(PER_OCTAVE * coarser);
    });
  }
  return out;
}
