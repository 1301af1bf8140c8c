import type { Tensor } from '../models/model.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { formOf, type FloatWeights, packRows, type ScaledTensor, type Weight } from './weights.ts';

export type Arithmetic = 'exact' | 'fast';

export interface LinearOptions {
  readonly floats: FloatWeights;
  /**
   * `fast` rounds the inputs of quantised matrices to 8 bits for each block, as llama.cpp does: two to five times as fast
   * at one row, and no faster at many. That rounding makes steps of what is smooth: a change of the inputs by a millionth,
   * such as another order of sums, becomes a KL of 0.005 to 0.009 after SmolLM2's 30 layers (1e-5 without it), so that
   * tokens that are nearly as likely change places when a prompt is cut, batched or spread in another way.
   */
  readonly arithmetic: Arithmetic;
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
  { floats, arithmetic }: LinearOptions,
): string {
  const scaled = (part: LinearPart): ScaledTensor => ({ tensor: part.tensor, scale: part.scale ?? 1 });
  const [first, ...rest] = group;
  const weight = packRows([scaled(first), ...rest.map(scaled)], floats);
  const bias = biasOf(graph, group, weight.rows);
  if (weight.kind === 'blocks') {
    const isExact = arithmetic === 'exact';
    if (isExact && weight.bits === 8) return halvesProduct(graph, input, weight, bias);
    return blocksProduct(graph, input, weight, bias, isExact ? LEVEL.floats : LEVEL.bytes);
  }
  const matrix = graph.weight('float32', [weight.rows, weight.columns], weight.values);
  return graph.op('Gemm', bias === '' ? [input.name, matrix] : [input.name, matrix, bias], {
    attributes: { transB: { int: 1 } },
  });
}

/** MatMulNBits' accuracy levels: what inputs are computed in. */
const LEVEL = { floats: 1, bytes: 4 } as const;

type Blocks = Weight & { kind: 'blocks' };

/** Σ (q − centre)·s·x, and where blocks have offsets, Σ over blocks of offset · Σ x beside it, which is not rounded. */
function blocksProduct(
  graph: GraphBuilder,
  input: LinearInput,
  weight: Blocks,
  bias: string,
  level: number,
): string {
  const y = centredProduct(graph, input, weight, bias, level);
  return weight.offsets ? plusOffsets(graph, input, weight, weight.offsets, y) : y;
}

/**
 * With inputs that are not rounded, ONNX Runtime is fast for weights of 4 bits only. So those of 8 are two such, since
 * q − 128 = 16·(high − 8) + (low − 8) + 8.
 */
function halvesProduct(graph: GraphBuilder, input: LinearInput, weight: Blocks, bias: string): string {
  const high = new Uint8Array(weight.values.length / 2);
  const low = new Uint8Array(weight.values.length / 2);
  for (let i = 0; i < high.length; i++) {
    const first = weight.values[2 * i] ?? 0;
    const second = weight.values[2 * i + 1] ?? 0;
    high[i] = (first >> 4) | (second & 0xf0);
    low[i] = (first & 15) | ((second & 15) << 4);
  }
  const large = {
    ...weight,
    bits: 4,
    values: high,
    scales: weight.scales.map((scale) => 16 * scale),
  } as const;
  const small = { ...weight, bits: 4, values: low } as const;
  const offsets = weight.scales.map((scale, i) => 8 * scale + (weight.offsets?.[i] ?? 0));
  const y = graph.op('Add', [
    centredProduct(graph, input, large, bias, LEVEL.floats),
    centredProduct(graph, input, small, '', LEVEL.floats),
  ]);
  return plusOffsets(graph, input, weight, offsets, y);
}

function centredProduct(
  graph: GraphBuilder,
  input: LinearInput,
  { rows, columns, bits, block, values, scales }: Blocks,
  bias: string,
  level: number,
): string {
  const blocks = columns / block;
  const inputs = [
    input.name,
    graph.weight('uint8', [rows, blocks, (block * bits) / 8], values),
    graph.weight('float32', [rows * blocks], scales),
  ];
  return graph.op('MatMulNBits', bias === '' ? inputs : [...inputs, '', '', bias], {
    microsoft: true,
    attributes: {
      K: { int: columns },
      N: { int: rows },
      bits: { int: bits },
      block_size: { int: block },
      accuracy_level: { int: level },
    },
  });
}

function plusOffsets(
  graph: GraphBuilder,
  input: LinearInput,
  { rows, columns, block }: Blocks,
  offsets: Float32Array,
  y: string,
): string {
  const correction = graph.weight('float32', [rows, columns / block], offsets);
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
