import type { Model, RopeSpec, Tensor, TensorType } from '../../models/model.ts';
import { dequantize } from '../../models/quant/dequantize.ts';
import {
  quantize,
  type TinyOptions,
  tinyShape,
  type TinyWeight,
  tinyWeights,
} from '../../models/testing/index.contract.ts';

/** A model of random weights that stands in no file. */
export function memoryModel(options: TinyOptions & { readonly rope?: Partial<RopeSpec> } = {}): Model {
  const { rope = {}, ...tiny } = options;
  const shape = tinyShape(tiny);
  const weights = new Map(tinyWeights(tiny).map((weight) => [weight.name, weightTensor(weight)]));
  const get = (name: string): Tensor => {
    const found = weights.get(name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  };
  const embedding = get('model.embed_tokens.weight');
  return {
    name: shape.name,
    layers: Array.from({ length: shape.layers }, (_, i) => {
      const at = `model.layers.${i}.`;
      const maybe = (name: string): Tensor | null => weights.get(`${at}${name}`) ?? null;
      return {
        attentionNorm: get(`${at}input_layernorm.weight`),
        q: get(`${at}self_attn.q_proj.weight`),
        k: get(`${at}self_attn.k_proj.weight`),
        v: get(`${at}self_attn.v_proj.weight`),
        qBias: maybe('self_attn.q_proj.bias'),
        kBias: maybe('self_attn.k_proj.bias'),
        vBias: maybe('self_attn.v_proj.bias'),
        qNorm: maybe('self_attn.q_norm.weight'),
        kNorm: maybe('self_attn.k_norm.weight'),
        output: get(`${at}self_attn.o_proj.weight`),
        ffnNorm: get(`${at}post_attention_layernorm.weight`),
        gate: get(`${at}mlp.gate_proj.weight`),
        up: get(`${at}mlp.up_proj.weight`),
        down: get(`${at}mlp.down_proj.weight`),
      };
    }),
    embedding,
    outputNorm: get('model.norm.weight'),
    head: weights.get('lm_head.weight') ?? embedding,
    hidden: shape.hidden,
    heads: shape.heads,
    kvHeads: shape.kvHeads,
    headDim: shape.headDim,
    ffn: shape.ffn,
    vocabSize: shape.vocabSize,
    normEps: shape.normEps,
    rope: { theta: shape.theta, dims: shape.headDim, scaling: { kind: 'none' }, ...rope },
    contextLength: shape.contextLength,
    tokenizer: { json: {}, config: {}, chatTemplate: null, bosToken: null, eosTokens: [], addBos: false },
    close: () => undefined,
  };
}

function weightTensor({ name, shape, values, type }: TinyWeight): Tensor {
  const [first = 1, second] = shape;
  return memoryTensor(name, type, second === undefined ? 1 : first, second ?? first, values);
}

/** A tensor of the given type, whose values are as near to `values` as that type lets them be. */
export function memoryTensor(
  name: string,
  type: TensorType,
  rows: number,
  columns: number,
  values: Float32Array,
): Tensor {
  const bytes = quantize(type, values);
  return { name, type, rows, columns, bytes: () => bytes, floats: () => dequantize(type, bytes) };
}
