import type { Model, Tensor, TensorType } from './model.ts';
import { bytesOf } from './quant/layout.ts';

export interface ModelDescription {
  readonly name: string;
  /** A tied head counts once. */
  readonly parameters: number;
  /** Of all weights, as they are kept. */
  readonly bytes: number;
  /** How many parameters are kept as what. */
  readonly types: Readonly<Partial<Record<TensorType, number>>>;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly tied: boolean;
  readonly rope: string;
}

export function describeModel(model: Model): ModelDescription {
  const { name, layers, hidden, heads, kvHeads, headDim, vocabSize, contextLength } = model;
  const types: Partial<Record<TensorType, number>> = {};
  let [parameters, bytes] = [0, 0];
  for (const { type, rows, columns } of tensorsOf(model)) {
    parameters += rows * columns;
    bytes += bytesOf(type, rows * columns);
    types[type] = (types[type] ?? 0) + rows * columns;
  }
  return {
    name,
    parameters,
    bytes,
    types,
    layers: layers.length,
    hidden,
    heads,
    kvHeads,
    headDim,
    vocabSize,
    contextLength,
    tied: model.head === model.embedding,
    rope: model.rope.scaling.kind,
  };
}

/** Every weight once. */
export function tensorsOf(model: Model): readonly Tensor[] {
  const layers = model.layers.flatMap((layer) => Object.values(layer) as (Tensor | null)[]);
  return [...new Set([model.embedding, ...layers, model.outputNorm, model.head])].filter(
    (tensor) => tensor !== null,
  );
}
