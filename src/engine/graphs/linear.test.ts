import { describe, expect, it } from 'vitest';
import type { TensorType } from '../models/model.ts';
import { normals, randomOf } from '../models/testing/index.contract.ts';
import { floats, floatTensor } from '../onnx/session.ts';
import { memoryTensor } from '../runner/testing/memory-model.contract.ts';
import { GraphBuilder } from './graph-builder.ts';
import { linear, linearEach, linearInput, type LinearOptions, type LinearPart } from './linear.ts';
import { rowReader } from './weights.ts';

const COLUMNS = 512;
const TYPES: readonly TensorType[] = ['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1', 'Q4_K', 'Q5_K', 'Q6_K'];
const random = randomOf(7);

function part(
  type: TensorType,
  rows: number,
  more: Partial<LinearPart> & { biased?: boolean } = {},
): LinearPart {
  // Off centre, so that a form that lost its minima would show.
  const values = normals(rows * COLUMNS, 0.05, random).map((x) => x + 0.02);
  const bias = more.biased ? memoryTensor('bias', 'F32', 1, rows, normals(rows, 1, random)) : null;
  return {
    tensor: memoryTensor(type, type, rows, COLUMNS, values),
    bias,
    ...(more.scale && { scale: more.scale }),
  };
}

/** Root of the mean square of the differences, relative to that of what was expected. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  return Math.sqrt(error / size);
}

function expected(x: Float32Array, parts: readonly LinearPart[]): number[] {
  const decoded = parts.map(({ tensor, bias, scale = 1 }) => ({
    rows: tensor.rows,
    values: tensor.floats(),
    bias: bias?.floats(),
    scale,
  }));
  return Array.from({ length: x.length / COLUMNS }, (_, row) =>
    decoded.flatMap(({ rows, values, bias, scale }) =>
      Array.from({ length: rows }, (_, out) => {
        let sum = bias?.[out] ?? 0;
        for (let i = 0; i < COLUMNS; i++) sum += values[out * COLUMNS + i]! * x[row * COLUMNS + i]!;
        return sum * scale;
      }),
    ),
  ).flat();
}

function run(x: Float32Array, parts: readonly LinearPart[], options: LinearOptions): Float32Array {
  const graph = new GraphBuilder('linear');
  const input = linearInput(graph.input('x', 'float32', ['rows', COLUMNS]), COLUMNS);
  graph.op('Identity', [linear(graph, input, parts, options)], { outputs: ['y'] });
  graph.output('y', 'float32', ['rows', parts.reduce((sum, { tensor }) => sum + tensor.rows, 0)]);
  const session = graph.open();
  const out = floats(session.run({ x: floatTensor(x, [x.length / COLUMNS, COLUMNS]) }), 'y');
  session.dispose();
  return out;
}

const rowsOf = (count: number): Float32Array => normals(count * COLUMNS, 1, random).map((x) => x + 0.3);

describe.each(TYPES)('a matrix of %s', (type) => {
  const parts = [part(type, 24, { biased: true, scale: 0.3 }), part(type, 40)];

  it.each([1, 3])('is multiplied without any loss, %i rows at once', (count) => {
    const x = rowsOf(count);
    const exact = run(x, parts, { floats: 'keep', arithmetic: 'exact' });
    expect(relativeError(exact, expected(x, parts))).toBeLessThan(2e-6);
  });

  it.each([1, 3, 40])('errs by the rounding of its inputs alone at the fast level, %i rows', (count) => {
    const x = rowsOf(count);
    const fast = run(x, parts, { floats: 'keep', arithmetic: 'fast' });
    expect(relativeError(fast, expected(x, parts))).toBeLessThan(type.includes('F') ? 2e-6 : 6e-3);
  });

  it('has rows that can be read one by one', () => {
    const { tensor } = part(type, 5);
    const out = new Float32Array(COLUMNS);
    const all = tensor.floats();
    const read = rowReader(tensor);
    for (const row of [4, 0, 2]) {
      read(row, out);
      expect(relativeError(out, all.subarray(row * COLUMNS, (row + 1) * COLUMNS))).toBeLessThan(1e-6);
    }
  });
});

it('multiplies matrices of different types side by side, in their order', () => {
  const parts = [
    part('Q4_K', 32),
    part('Q4_K', 16, { biased: true }),
    part('Q6_K', 24),
    part('F16', 8),
    part('Q4_1', 8),
  ];
  const x = rowsOf(2);
  expect(
    relativeError(run(x, parts, { floats: 'keep', arithmetic: 'exact' }), expected(x, parts)),
  ).toBeLessThan(2e-6);
});

it('gives each matrix its own output', () => {
  const parts = [part('Q4_0', 32), part('Q4_0', 16), part('Q8_0', 8)];
  const graph = new GraphBuilder('each');
  const input = linearInput(graph.input('x', 'float32', ['rows', COLUMNS]), COLUMNS);
  linearEach(graph, input, parts, { floats: 'keep', arithmetic: 'exact' }).forEach((name, i) => {
    graph.op('Identity', [name], { outputs: [`y${i}`] });
    graph.output(`y${i}`, 'float32', ['rows', parts[i]!.tensor.rows]);
  });
  const x = rowsOf(2);
  const out = graph.open().run({ x: floatTensor(x, [2, COLUMNS]) });
  parts.forEach((one, i) =>
    expect(relativeError(floats(out, `y${i}`), expected(x, [one]))).toBeLessThan(2e-6),
  );
});

it('rounds float weights to 8 bits when asked', () => {
  const parts = [part('F16', 48)];
  const x = rowsOf(2);
  const rounded = relativeError(run(x, parts, { floats: 'q8', arithmetic: 'exact' }), expected(x, parts));
  expect(rounded).toBeGreaterThan(1e-5);
  expect(rounded).toBeLessThan(8e-3);
});
