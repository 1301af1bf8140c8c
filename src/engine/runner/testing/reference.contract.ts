import type { LayerWeights, Model, Tensor } from '../../models/model.ts';
import { referenceFrequency } from '../../models/testing/reference.contract.ts';

export interface ReferenceOptions {
  /** What the cache does to one head's keys or values of one token, in place. */
  readonly roundKv?: (values: Float32Array) => void;
}

/**
 * The decoder written down plainly, in 64-bit floats, one token after the other.
 * @returns the next token's logits at each position, [tokens, vocabulary]
 */
export function referenceLogits(
  model: Model,
  tokens: readonly number[],
  { roundKv = () => undefined }: ReferenceOptions = {},
): Float64Array[] {
  const embedding = model.embedding.floats();
  const outputNorm = model.outputNorm.floats();
  const head = matrix(model.head);
  const layers = model.layers.map((layer) => referenceLayer(model, layer, roundKv));
  return tokens.map((token, position) => {
    let x = Float64Array.from(embedding.subarray(token * model.hidden, (token + 1) * model.hidden));
    for (const layer of layers) x = layer(x, position);
    return head(rmsNorm(x, outputNorm, model.normEps));
  });
}

type Layer = (x: Float64Array, position: number) => Float64Array<ArrayBuffer>;

function referenceLayer(model: Model, weights: LayerWeights, roundKv: (values: Float32Array) => void): Layer {
  const { headDim, heads, kvHeads, normEps } = model;
  const maps = {
    q: matrix(weights.q, weights.qBias),
    k: matrix(weights.k, weights.kBias),
    v: matrix(weights.v, weights.vBias),
    output: matrix(weights.output),
    gate: matrix(weights.gate),
    up: matrix(weights.up),
    down: matrix(weights.down),
  };
  const norms = {
    attention: weights.attentionNorm.floats(),
    ffn: weights.ffnNorm.floats(),
    q: weights.qNorm?.floats(),
    k: weights.kNorm?.floats(),
  };
  const keys: Float32Array[][] = [];
  const values: Float32Array[][] = [];
  const rounded = (head: Float64Array): Float32Array => {
    const out = Float32Array.from(head);
    roundKv(out);
    return out;
  };
  return (x, position) => {
    const normed = rmsNorm(x, norms.attention, normEps);
    const turned = (of: Float64Array, count: number, norm: Float32Array | undefined): Float64Array[] =>
      split(of, count).map((head) => rotate(model, norm ? rmsNorm(head, norm, normEps) : head, position));
    const q = turned(maps.q(normed), heads, norms.q);
    keys.push(turned(maps.k(normed), kvHeads, norms.k).map(rounded));
    values.push(split(maps.v(normed), kvHeads).map(rounded));
    const attended = new Float64Array(heads * headDim);
    q.forEach((query, head) => {
      const kvHead = Math.floor((head * kvHeads) / heads);
      const of = (cache: readonly Float32Array[][]): Float32Array[] => cache.map((token) => token[kvHead]!);
      attended.set(attend(query, of(keys), of(values)), head * headDim);
    });
    const x2 = add(x, maps.output(attended));
    const normed2 = rmsNorm(x2, norms.ffn, normEps);
    const up = maps.up(normed2);
    const inner = maps.gate(normed2).map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
    return add(x2, maps.down(inner));
  };
}

function attend(
  query: Float64Array,
  keys: readonly Float32Array[],
  values: readonly Float32Array[],
): Float64Array {
  const scores = keys.map((key) => dot(query, key) / Math.sqrt(query.length));
  const most = Math.max(...scores);
  const shares = scores.map((score) => Math.exp(score - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  const out = new Float64Array(query.length);
  shares.forEach((share, token) => out.forEach((_, i) => (out[i]! += (share / sum) * values[token]![i]!)));
  return out;
}

function rotate({ rope }: Model, head: Float64Array, position: number): Float64Array {
  const out = head.slice();
  const half = rope.dims / 2;
  const magnitude = rope.scaling.kind === 'yarn' ? rope.scaling.attentionFactor : 1;
  for (let i = 0; i < half; i++) {
    const frequency = referenceFrequency(rope, i);
    const cos = Math.cos(position * frequency) * magnitude;
    const sin = Math.sin(position * frequency) * magnitude;
    out[i] = head[i]! * cos - head[i + half]! * sin;
    out[i + half] = head[i + half]! * cos + head[i]! * sin;
  }
  return out;
}

function matrix(weight: Tensor, bias: Tensor | null = null): (x: Float64Array) => Float64Array {
  const values = weight.floats();
  const more = bias?.floats();
  return (x) =>
    Float64Array.from({ length: weight.rows }, (_, row) => {
      const w = values.subarray(row * weight.columns, (row + 1) * weight.columns);
      return dot(x, w) + (more?.[row] ?? 0);
    });
}

function rmsNorm(x: Float64Array, weight: Float32Array, epsilon: number): Float64Array {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + epsilon);
  return x.map((each, i) => each * scale * weight[i]!);
}

function dot(a: Float64Array | Float32Array, b: Float64Array | Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  return Float64Array.from(a, (each, i) => each + b[i]!);
}

function split(of: Float64Array, count: number): Float64Array[] {
  const size = of.length / count;
  return Array.from({ length: count }, (_, i) => of.slice(i * size, (i + 1) * size));
}
