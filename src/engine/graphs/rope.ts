import type { RopeSpec } from '../models/model.ts';

/** Rows of the rotation, [positions, dims / 2] each. */
export interface RopeRows {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * Angle per position of each pair of dimensions.
 * Llama 3's blend is Meta's `apply_scaling`; YaRN is arXiv 2309.00071, section 3.
 */
export function inverseFrequencies({ theta, dims, scaling }: RopeSpec): Float64Array {
  const plain = Float64Array.from({ length: dims / 2 }, (_, pair) => theta ** ((-2 * pair) / dims));
  switch (scaling.kind) {
    case 'none':
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'factors':
      return plain.map((frequency, pair) => frequency / (scaling.factors[pair] ?? 1));
    case 'llama3': {
      const { factor, lowFreqFactor, highFreqFactor, originalContext } = scaling;
      return plain.map((frequency) => {
        const turns = (originalContext * frequency) / (2 * Math.PI);
        const share = clamp01((turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor));
        return (frequency / factor) * (1 - share) + frequency * share;
      });
    }
    case 'yarn': {
      const { factor, betaFast, betaSlow, originalContext } = scaling;
      const pairAt = (turns: number): number =>
        (dims * Math.log(originalContext / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
      const low = Math.max(Math.floor(pairAt(betaFast)), 0);
      const high = Math.min(Math.ceil(pairAt(betaSlow)), dims - 1);
      const width = high === low ? 0.001 : high - low;
      return plain.map((frequency, pair) => {
        const interpolated = clamp01((pair - low) / width);
        return (frequency / factor) * interpolated + frequency * (1 - interpolated);
      });
    }
  }
}

/** What the rotated vectors are multiplied by: YaRN's attention factor. */
function ropeMagnitude({ scaling }: RopeSpec): number {
  return scaling.kind === 'yarn' ? scaling.attentionFactor : 1;
}

/** @returns a function from positions to their rows, for one model */
export function ropeTable(spec: RopeSpec): (positions: Int32Array) => RopeRows {
  const frequencies = inverseFrequencies(spec);
  const magnitude = ropeMagnitude(spec);
  const pairs = frequencies.length;
  return (positions) => {
    const cos = new Float32Array(positions.length * pairs);
    const sin = new Float32Array(positions.length * pairs);
    let at = 0;
    for (const position of positions)
      for (const frequency of frequencies) {
        cos[at] = Math.cos(position * frequency) * magnitude;
        sin[at++] = Math.sin(position * frequency) * magnitude;
      }
    return { cos, sin };
  };
}

export function ropeRows(spec: RopeSpec, positions: Int32Array): RopeRows {
  return ropeTable(spec)(positions);
}

function clamp01(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
