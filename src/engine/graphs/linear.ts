import type { Tensor } from '../models/model.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { formOf, type FloatWeights, packRows, type ScaledTensor, type Weight } from './weights.ts';

export interface LinearOptions {
  readonly floats: FloatWeights;
  /**
   * MatMulNBits' accuracy level. 4 rounds the inputs to 8 bits for each block, as llama.cpp does, and is the only fast
   * one; 1 does not, for tests. That rounding makes steps of what is smooth: a change of the inputs by a millionth, such
   * as another order of sums, becomes a KL of 0.005 to 0.009 after SmolLM2's 30 layers (1e-5 without it), so tokens that
   * are nearly as likely may change places when a prompt is cut, batched or spread in another way.
   */
  readonly accuracy: 1 | 4;
}

export interface LinearPart {
  readonly tensor: Tensor;
  readonly bias: Tensor | null;
  /** What outputs are multiplied by, bias included. */
  readonly scale?: number;
}

/** An input of matrices, [rows, columns]; matrices that need them share its block sums. */
export interface LinearInput {
  readonly name: string;
  readonly columns: number;
  readonly sums: Map<number, string>;
}

export function linearInput(name: string, columns: number): LinearInput {
  return { name, columns, sums: new Map() };
}

/** y = W·x (+ b) of several matrices at once, side by side: [rows, all outputs]. */
export function linear(
  graph: GraphBuilder,
  input: LinearInput,
  parts: readonly LinearPart[],
  options: LinearOptions,
): string {
  const outputs = groupByForm(parts, options).map((group) => product(graph, input, group, options));
  if (outputs.length === 1) return outputs[0] ?? '';
  return graph.op('Concat', outputs, { attributes: { axis: { int: -1 } } });
}

/** The same with one output for each matrix. */
export function linearEach(
  graph: GraphBuilder,
  input: LinearInput,
  parts: readonly LinearPart[],
  options: LinearOptions,
): readonly string[] {
  return groupByForm(parts, options).flatMap((group) => {
    const output = product(graph, input, group, options);
    if (group.length === 1) return [output];
    return graph.split(
      output,
      group.map(({ tensor }) => tensor.rows),
    );
  });
}

type Group = readonly [LinearPart, ...LinearPart[]];

function groupByForm(parts: readonly LinearPart[], { floats }: LinearOptions): Group[] {
  const groups: [LinearPart, ...LinearPart[]][] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last && formOf(last[0].tensor, floats) === formOf(part.tensor, floats)) last.push(part);
    else groups.push([part]);
  }
  return groups;
}

function product(
  graph: GraphBuilder,
  input: LinearInput,
  group: Group,
  { floats, accuracy }: LinearOptions,
): string {
  const scaled = (part: LinearPart): ScaledTensor => ({ tensor: part.tensor, scale: part.scale ?? 1 });
  const [first, ...rest] = group;
  const weight = packRows([scaled(first), ...rest.map(scaled)], floats);
  const bias = biasOf(graph, group, weight.rows);
  if (weight.kind === 'blocks') return blocksProduct(graph, input, weight, bias, accuracy);
  const matrix = graph.weight('float32', [weight.rows, weight.columns], weight.values);
  return graph.op('Gemm', bias === '' ? [input.name, matrix] : [input.name, matrix, bias], {
    attributes: { transB: { int: 1 } },
  });
}

/** Σ (q − centre)·s·x, and where blocks have offsets, Σ over blocks of offset · Σ x beside it, which is not rounded. */
function blocksProduct(
  graph: GraphBuilder,
  input: LinearInput,
  { rows, columns, bits, block, values, scales, offsets }: Weight & { kind: 'blocks' },
  bias: string,
  accuracy: number,
): string {
  const blocks = columns / block;
  const inputs = [
    input.name,
    graph.weight('uint8', [rows, blocks, (block * bits) / 8], values),
    graph.weight('float32', [rows * blocks], scales),
  ];
  const y = graph.op('MatMulNBits', bias === '' ? inputs : [...inputs, '', '', bias], {
    microsoft: true,
    attributes: {
      K: { int: columns },
      N: { int: rows },
      bits: { int: bits },
      block_size: { int: block },
      accuracy_level: { int: accuracy },
    },
  });
  if (!offsets) return y;
  const correction = graph.weight('float32', [rows, blocks], offsets);
  return graph.op('Gemm', [blockSums(graph, input, block), correction, y], {
    attributes: { transB: { int: 1 } },
  });
}

function blockSums(graph: GraphBuilder, input: LinearInput, block: number): string {
  const known = input.sums.get(block);
  if (known !== undefined) return known;
  const shape = graph.int64s(-1, input.columns / block, block);
  const blocks = graph.op('Reshape', [input.name, shape]);
  const sums = graph.op('ReduceSum', [blocks, graph.int64s(2)], { attributes: { keepdims: { int: 0 } } });
  input.sums.set(block, sums);
  return sums;
}

/** Empty when no part has one. */
function biasOf(graph: GraphBuilder, group: Group, rows: number): string {
  if (group.every(({ bias }) => bias === null)) return '';
  const values = new Float32Array(rows);
  let at = 0;
  for (const { tensor, bias, scale = 1 } of group) {
    if (bias)
      values.set(
        bias.floats().map((each) => each * scale),
        at,
      );
    at += tensor.rows;
  }
  return graph.weight('float32', [rows], values);
}
