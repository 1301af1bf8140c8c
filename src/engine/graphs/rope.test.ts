import { describe, expect, it } from 'vitest';
import type { RopeSpec } from '../models/model.ts';
import { inverseFrequencies, ropeRows } from './rope.ts';

const plain = (theta: number, dims: number): number[] =>
  Array.from({ length: dims / 2 }, (_, i) => 1 / theta ** ((2 * i) / dims));

/** `_compute_llama3_parameters` of transformers' modeling_rope_utils.py, with its two `where`s. */
function llama3(
  theta: number,
  dims: number,
  factor: number,
  low: number,
  high: number,
  old: number,
): number[] {
  return plain(theta, dims).map((inv) => {
    const wavelength = (2 * Math.PI) / inv;
    if (wavelength > old / low) return inv / factor;
    if (wavelength < old / high) return inv;
    const smooth = (old / wavelength - low) / (high - low);
    return ((1 - smooth) * inv) / factor + smooth * inv;
  });
}

/** `_compute_yarn_parameters` of the same file: extrapolation and interpolation mixed by a linear ramp. */
function yarn(
  theta: number,
  dims: number,
  factor: number,
  fast: number,
  slow: number,
  old: number,
): number[] {
  const correction = (rotations: number): number =>
    (dims * Math.log(old / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const from = Math.max(Math.floor(correction(fast)), 0);
  let to = Math.min(Math.ceil(correction(slow)), dims - 1);
  if (from === to) to += 0.001;
  return Array.from({ length: dims / 2 }, (_, i) => {
    const frequency = theta ** ((2 * i) / dims);
    const ramp = Math.min(1, Math.max(0, (i - from) / (to - from)));
    const extrapolationShare = 1 - ramp;
    return (1 / (factor * frequency)) * (1 - extrapolationShare) + (1 / frequency) * extrapolationShare;
  });
}

const CASES: readonly { name: string; spec: RopeSpec; expected: number[]; magnitude: number }[] = [
  {
    name: 'none',
    spec: { theta: 100_000, dims: 64, scaling: { kind: 'none' } },
    expected: plain(100_000, 64),
    magnitude: 1,
  },
  {
    name: 'linear',
    spec: { theta: 10_000, dims: 128, scaling: { kind: 'linear', factor: 4 } },
    expected: plain(10_000, 128).map((inv) => inv / 4),
    magnitude: 1,
  },
  {
    name: 'factors of a GGUF',
    spec: { theta: 10_000, dims: 8, scaling: { kind: 'factors', factors: Float32Array.of(1, 2, 4, 8) } },
    expected: [1, 0.1 / 2, 0.01 / 4, 0.001 / 8],
    magnitude: 1,
  },
  {
    name: 'Llama 3.1 8B',
    spec: {
      theta: 500_000,
      dims: 128,
      scaling: { kind: 'llama3', factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalContext: 8192 },
    },
    expected: llama3(500_000, 128, 8, 1, 4, 8192),
    magnitude: 1,
  },
  {
    name: 'Llama 3.2 1B',
    spec: {
      theta: 500_000,
      dims: 64,
      scaling: { kind: 'llama3', factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalContext: 8192 },
    },
    expected: llama3(500_000, 64, 32, 1, 4, 8192),
    magnitude: 1,
  },
  {
    name: 'Qwen 2.5 with YaRN',
    spec: {
      theta: 1_000_000,
      dims: 128,
      scaling: {
        kind: 'yarn',
        factor: 4,
        betaFast: 32,
        betaSlow: 1,
        attentionFactor: 0.1 * Math.log(4) + 1,
        originalContext: 32_768,
      },
    },
    expected: yarn(1_000_000, 128, 4, 32, 1, 32_768),
    magnitude: 0.1 * Math.log(4) + 1,
  },
];

describe.each(CASES)('$name', ({ spec, expected, magnitude }) => {
  it('has the published frequencies', () => {
    const actual = inverseFrequencies(spec);
    expect(actual).toHaveLength(expected.length);
    actual.forEach((value, i) => expect(Math.abs(value / (expected[i] ?? 0) - 1)).toBeLessThan(1e-12));
  });

  it('turns far positions as exactly as near ones', () => {
    const positions = Int32Array.of(0, 1, 7, 8191, 131_071);
    const { cos, sin } = ropeRows(spec, positions);
    expect(cos).toHaveLength(positions.length * expected.length);
    positions.forEach((position, row) =>
      expected.forEach((frequency, pair) => {
        const at = row * expected.length + pair;
        expect(Math.abs((cos[at] ?? 9) - Math.cos(position * frequency) * magnitude)).toBeLessThan(1e-6);
        expect(Math.abs((sin[at] ?? 9) - Math.sin(position * frequency) * magnitude)).toBeLessThan(1e-6);
      }),
    );
  });
});

it('moves fast pairs not at all and slow pairs by the whole factor', () => {
  for (const { spec, expected } of CASES.filter(
    ({ spec: { scaling } }) => scaling.kind === 'llama3' || scaling.kind === 'yarn',
  )) {
    const unscaled = plain(spec.theta, spec.dims);
    const factor = 'factor' in spec.scaling ? spec.scaling.factor : 1;
    expect(expected[0]).toBe(unscaled[0]);
    expect((unscaled.at(-1) ?? 0) / (expected.at(-1) ?? 1)).toBeCloseTo(factor, 6);
  }
});
