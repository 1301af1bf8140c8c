import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantize } from './quantize.contract.ts';
import { type SafeTensor, writeSafetensors } from './safetensors-writer.contract.ts';
import { TINY_CHAT_TEMPLATE, TINY_SPECIALS, tinyTokenizerJson } from './tiny-tokenizer.contract.ts';
import { type TinyOptions, type TinyShape, tinyShape, tinyWeights } from './tiny-weights.contract.ts';

const ARCHITECTURES = {
  llama: 'LlamaForCausalLM',
  mistral: 'MistralForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
} as const;

export interface TinyFolderOptions extends TinyOptions {
  /** More than 1: several files and an index. */
  readonly shards?: number;
  /** Added to config.json, or instead of what is there; undefined takes a key out. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly generationConfig?: Readonly<Record<string, unknown>> | null;
  /** The chat template in a file of its own, as newer folders have it. */
  readonly templateFile?: boolean;
}

/** A small random model as a Hugging Face folder; types F32, F16 and BF16 only. @returns the folder's path */
export function writeTinyFolder(dir: string, options: TinyFolderOptions = {}): string {
  const shape = tinyShape(options);
  const folder = join(dir, shape.name);
  mkdirSync(folder, { recursive: true });
  const json = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  const tensors = tinyWeights(options).map(({ name, shape: dims, values, type }): SafeTensor => {
    if (type !== 'F32' && type !== 'F16' && type !== 'BF16') throw new Error(`safetensors has no ${type}`);
    return { name, dtype: type, shape: dims, bytes: quantize(type, values) };
  });
  writeWeights(folder, tensors, options.shards ?? 1, json);
  json('config.json', { ...tinyConfig(shape), ...options.config });
  json('tokenizer.json', tinyTokenizerJson());
  json('tokenizer_config.json', {
    tokenizer_class: 'GPT2Tokenizer',
    add_bos_token: false,
    bos_token: TINY_SPECIALS[1],
    eos_token: TINY_SPECIALS[2],
    clean_up_tokenization_spaces: false,
    ...(!options.templateFile && { chat_template: TINY_CHAT_TEMPLATE }),
  });
  if (options.templateFile) writeFileSync(join(folder, 'chat_template.jinja'), TINY_CHAT_TEMPLATE);
  if (options.generationConfig !== null) {
    json('generation_config.json', options.generationConfig ?? { bos_token_id: 1, eos_token_id: 2 });
  }
  return folder;
}

function writeWeights(
  folder: string,
  tensors: readonly SafeTensor[],
  shards: number,
  json: (name: string, value: unknown) => void,
): void {
  if (shards === 1) return writeSafetensors(join(folder, 'model.safetensors'), tensors);
  const count = String(shards).padStart(5, '0');
  const fileOf = (shard: number) => `model-${String(shard + 1).padStart(5, '0')}-of-${count}.safetensors`;
  for (let shard = 0; shard < shards; shard++) {
    writeSafetensors(
      join(folder, fileOf(shard)),
      tensors.filter((_, index) => index % shards === shard),
    );
  }
  json('model.safetensors.index.json', {
    metadata: { total_size: tensors.reduce((sum, { bytes }) => sum + bytes.length, 0) },
    weight_map: Object.fromEntries(tensors.map(({ name }, index) => [name, fileOf(index % shards)])),
  });
}

function tinyConfig(shape: TinyShape): Record<string, unknown> {
  return {
    architectures: [ARCHITECTURES[shape.family]],
    model_type: shape.family,
    hidden_act: 'silu',
    num_hidden_layers: shape.layers,
    hidden_size: shape.hidden,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.headDim,
    intermediate_size: shape.ffn,
    vocab_size: shape.vocabSize,
    max_position_embeddings: shape.contextLength,
    rms_norm_eps: shape.normEps,
    rope_theta: shape.theta,
    tie_word_embeddings: shape.tied,
    bos_token_id: 1,
    eos_token_id: 2,
    ...(shape.ropeScaling && { rope_scaling: shape.ropeScaling }),
  };
}
