import type { LayerWeights, Model, RopeSpec, Tensor } from '../model.ts';

/**
 * The model in doubles, as plainly as it can be written, for tests. Weights are the floats of the file.
 * @returns next-token logits of each position, [tokens, vocabSize]
 */
export function referenceLogits(model: Model, tokens: readonly number[]): Float64Array[] {
  const embedding = model.embedding.floats();
  const states = tokens.map((token) =>
    Float64Array.from(embedding.subarray(token * model.hidden, (token + 1) * model.hidden)),
  );
  for (const layer of model.layers) runLayer(model, layer, states);
  const norm = model.outputNorm.floats();
  const head = model.head.floats();
  return states.map((state) => times(head, model.vocabSize, rmsNorm(state, norm, model.normEps)));
}

function runLayer(model: Model, layer: LayerWeights, states: Float64Array[]): void {
  const { heads, kvHeads, headDim, normEps } = model;
  const w = Object.fromEntries(
    Object.entries(layer as unknown as Record<string, Tensor | null>).map(([role, tensor]) => [
      role,
      tensor?.floats(),
    ]),
  ) as { [Role in keyof LayerWeights]: Float32Array | undefined };
  const keys: Float64Array[] = [];
  const values: Float64Array[] = [];
  for (const [position, state] of states.entries()) {
    const x = rmsNorm(state, w.attentionNorm!, normEps);
    const q = plus(times(w.q!, heads * headDim, x), w.qBias);
    const k = plus(times(w.k!, kvHeads * headDim, x), w.kBias);
    values.push(plus(times(w.v!, kvHeads * headDim, x), w.vBias));
    turnHeads(model, q, w.qNorm, position);
    turnHeads(model, k, w.kNorm, position);
    keys.push(k);
    const attended = new Float64Array(heads * headDim);
    for (let head = 0; head < heads; head++) {
      const at = Math.floor((head * kvHeads) / heads) * headDim;
      const scores = keys.map((key) => dot(q, head * headDim, key, at, headDim) / Math.sqrt(headDim));
      const most = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - most));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [past, weight] of weights.entries()) {
        for (let i = 0; i < headDim; i++) {
          attended[head * headDim + i]! += (weight / total) * values[past]![at + i]!;
        }
      }
    }
    add(state, times(w.output!, model.hidden, attended));
    const y = rmsNorm(state, w.ffnNorm!, normEps);
    const gate = times(w.gate!, model.ffn, y);
    const up = times(w.up!, model.ffn, y);
    add(
      state,
      times(
        w.down!,
        model.hidden,
        gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!),
      ),
    );
  }
}

/** Each head's norm, when there is one, then its rotation. */
function turnHeads(model: Model, x: Float64Array, norm: Float32Array | undefined, position: number): void {
  for (let at = 0; at < x.length; at += model.headDim) {
    const head = x.subarray(at, at + model.headDim);
    if (norm) head.set(rmsNorm(head, norm, model.normEps));
    rotate(head, position, model.rope);
  }
}

/** Value i of the first `dims` turns with value i + dims/2. */
function rotate(head: Float64Array, position: number, rope: RopeSpec): void {
  const half = rope.dims / 2;
  const length = rope.scaling.kind === 'yarn' ? rope.scaling.attentionFactor : 1;
  for (let i = 0; i < half; i++) {
    const angle = position * referenceFrequency(rope, i);
    const [cos, sin] = [Math.cos(angle) * length, Math.sin(angle) * length];
    const [a, b] = [head[i]!, head[i + half]!];
    head[i] = a * cos - b * sin;
    head[i + half] = b * cos + a * sin;
  }
}

/** Radians a token of frequency i, scaled. As transformers' `modeling_rope_utils.py` has it. */
export function referenceFrequency({ theta, dims, scaling }: RopeSpec, i: number): number {
  const plain = theta ** ((-2 * i) / dims);
  switch (scaling.kind) {
    case 'none':
      return plain;
    case 'linear':
      return plain / scaling.factor;
    case 'factors':
      return plain / scaling.factors[i]!;
    case 'llama3': {
      const { factor, lowFreqFactor: low, highFreqFactor: high, originalContext } = scaling;
      const turns = (originalContext * plain) / (2 * Math.PI);
      if (turns > high) return plain;
      if (turns < low) return plain / factor;
      const smooth = (turns - low) / (high - low);
      return ((1 - smooth) * plain) / factor + smooth * plain;
    }
    case 'yarn': {
      const { factor, betaFast, betaSlow, originalContext } = scaling;
      const dimensionOf = (turns: number) =>
        (dims * Math.log(originalContext / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
      const low = Math.max(0, Math.floor(dimensionOf(betaFast)));
      const high = Math.min(dims - 1, Math.ceil(dimensionOf(betaSlow)));
      const ramp = Math.min(1, Math.max(0, (i - low) / (low === high ? 0.001 : high - low)));
      return (plain / factor) * ramp + plain * (1 - ramp);
    }
  }
}

function rmsNorm(x: Float64Array, weight: Float32Array, eps: number): Float64Array {
  const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + eps);
  return x.map((value, i) => value * scale * weight[i]!);
}

/** W·x, W of [rows, x.length]. */
function times(w: Float32Array, rows: number, x: Float64Array): Float64Array {
  const out = new Float64Array(rows);
  const columns = x.length;
  for (let row = 0, at = 0; row < rows; row++, at += columns) {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += w[at + i]! * x[i]!;
    out[row] = sum;
  }
  return out;
}

function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[atA + i]! * b[atB + i]!;
  return sum;
}

function plus(x: Float64Array, bias: Float32Array | undefined): Float64Array {
  return bias ? x.map((value, i) => value + bias[i]!) : x;
}

function add(x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}
