import type { TensorType } from '../model.ts';
import { normals, randomOf } from './random.contract.ts';
import { tinyTokens } from './tiny-tokenizer.contract.ts';

export type TinyFamily = 'llama' | 'mistral' | 'qwen2' | 'qwen3';

/** RoPE scaling as config.json has it under `rope_scaling`. */
export type TinyRopeScaling = Readonly<Record<string, string | number>>;

export interface TinyOptions {
  readonly family?: TinyFamily;
  readonly layers?: number;
  readonly hidden?: number;
  readonly heads?: number;
  /** 1 is MQA, `heads` is MHA. */
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly ffn?: number;
  /** At least as many as the tiny tokenizer has (about 300); more are padding rows. */
  readonly vocabSize?: number;
  readonly contextLength?: number;
  /** Head and embedding are one tensor. */
  readonly tied?: boolean;
  /** Biases of q, k and v; as the family has them when absent. */
  readonly bias?: boolean;
  readonly seed?: number;
  readonly theta?: number;
  readonly normEps?: number;
  readonly ropeScaling?: TinyRopeScaling;
  /** Of all matrices (F32 when absent). K-quants need rows of whole 256, other quants of whole 32. Norms and biases stay F32. */
  readonly type?: TensorType | ((name: string) => TensorType);
  /** Size of the weights relative to 1/√columns. */
  readonly gain?: number;
  readonly name?: string;
}

export type TinyShape = Required<Omit<TinyOptions, 'ropeScaling'>> & {
  readonly ropeScaling: TinyRopeScaling | null;
};

export function tinyShape(options: TinyOptions): TinyShape {
  const { hidden = 64, heads = 4, family = 'llama' } = options;
  return {
    family: 'llama',
    layers: 2,
    kvHeads: 2,
    headDim: hidden / heads,
    ffn: 96,
    vocabSize: tinyTokens().length,
    contextLength: 512,
    tied: false,
    bias: family === 'qwen2',
    seed: 1,
    theta: 10_000,
    normEps: 1e-5,
    ropeScaling: null,
    type: 'F32',
    gain: 1,
    name: 'tiny',
    ...options,
    hidden,
    heads,
  };
}

/** A weight by its Hugging Face name; q and k in rotate-half order. */
export interface TinyWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
  readonly type: TensorType;
}

/** The same weights for the same options, whatever file they go to. */
export function tinyWeights(options: TinyOptions): readonly TinyWeight[] {
  const shape = tinyShape(options);
  const random = randomOf(shape.seed);
  const typeOf = (name: string) => (typeof shape.type === 'function' ? shape.type(name) : shape.type);
  const matrix = (name: string, rows: number, columns: number): TinyWeight => ({
    name,
    shape: [rows, columns],
    values: normals(rows * columns, shape.gain / Math.sqrt(columns), random),
    type: typeOf(name),
  });
  const vector = (name: string, length: number, around: number): TinyWeight => ({
    name,
    shape: [length],
    values: normals(length, 0.1, random).map((x) => Math.fround(x + around)),
    type: 'F32',
  });
  const { hidden, heads, kvHeads, headDim, ffn, vocabSize } = shape;
  const layer = (index: number): TinyWeight[] => {
    const at = `model.layers.${index}.`;
    const normed = shape.family === 'qwen3';
    return [
      vector(`${at}input_layernorm.weight`, hidden, 1),
      matrix(`${at}self_attn.q_proj.weight`, heads * headDim, hidden),
      matrix(`${at}self_attn.k_proj.weight`, kvHeads * headDim, hidden),
      matrix(`${at}self_attn.v_proj.weight`, kvHeads * headDim, hidden),
      ...(shape.bias
        ? [
            vector(`${at}self_attn.q_proj.bias`, heads * headDim, 0),
            vector(`${at}self_attn.k_proj.bias`, kvHeads * headDim, 0),
            vector(`${at}self_attn.v_proj.bias`, kvHeads * headDim, 0),
          ]
        : []),
      ...(normed
        ? [
            vector(`${at}self_attn.q_norm.weight`, headDim, 1),
            vector(`${at}self_attn.k_norm.weight`, headDim, 1),
          ]
        : []),
      matrix(`${at}self_attn.o_proj.weight`, hidden, heads * headDim),
      vector(`${at}post_attention_layernorm.weight`, hidden, 1),
      matrix(`${at}mlp.gate_proj.weight`, ffn, hidden),
      matrix(`${at}mlp.up_proj.weight`, ffn, hidden),
      matrix(`${at}mlp.down_proj.weight`, hidden, ffn),
    ];
  };
  return [
    matrix('model.embed_tokens.weight', vocabSize, hidden),
    ...Array.from({ length: shape.layers }, (_, index) => layer(index)).flat(),
    vector('model.norm.weight', hidden, 1),
    ...(shape.tied ? [] : [matrix('lm_head.weight', vocabSize, hidden)]),
  ];
}
