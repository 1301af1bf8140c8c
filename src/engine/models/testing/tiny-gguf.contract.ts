import { join } from 'node:path';
import { GGML_TYPE_IDS, type GgufMeta, writeGguf } from './gguf-writer.contract.ts';
import { quantize } from './quantize.contract.ts';
import { TINY_CHAT_TEMPLATE, TINY_SPECIALS, tinyMerges, tinyTokens } from './tiny-tokenizer.contract.ts';
import { type TinyOptions, type TinyShape, tinyShape, tinyWeights } from './tiny-weights.contract.ts';

const GGUF_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens\./, 'token_embd.'],
  [/^model\.norm\./, 'output_norm.'],
  [/^lm_head\./, 'output.'],
  [/^model\.layers\.(\d+)\.input_layernorm\./, 'blk.$1.attn_norm.'],
  [/^model\.layers\.(\d+)\.post_attention_layernorm\./, 'blk.$1.ffn_norm.'],
  [/^model\.layers\.(\d+)\.self_attn\.([qkv])_proj\./, 'blk.$1.attn_$2.'],
  [/^model\.layers\.(\d+)\.self_attn\.([qk])_norm\./, 'blk.$1.attn_$2_norm.'],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj\./, 'blk.$1.attn_output.'],
  [/^model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj\./, 'blk.$1.ffn_$2.'],
];

export interface TinyGgufOptions extends TinyOptions {
  readonly version?: 2 | 3;
  readonly alignment?: number;
  /** Added to the metadata, or instead of what is there. */
  readonly metadata?: Readonly<Record<string, GgufMeta>>;
  readonly fileName?: string;
}

/** A small random model in one GGUF file, as llama.cpp's converter would write it. @returns its path */
export function writeTinyGguf(dir: string, options: TinyGgufOptions = {}): string {
  const shape = tinyShape(options);
  const permutes = shape.family === 'llama' || shape.family === 'mistral';
  const tensors = tinyWeights(options).map(({ name, shape: dims, values, type }) => {
    const heads = /\.q_proj\./.test(name) ? shape.heads : shape.kvHeads;
    const turned =
      permutes && /\.[qk]_proj\./.test(name) ? interleaved(values, heads, dims[0]! / heads) : values;
    return {
      name: ggufName(name),
      type: GGML_TYPE_IDS[type],
      dims: dims.toReversed(),
      bytes: quantize(type, turned),
    };
  });
  const factors = ropeFactors(shape);
  const path = join(dir, options.fileName ?? `${shape.name}.gguf`);
  writeGguf(path, {
    metadata: { ...tinyMetadata(shape), ...options.metadata },
    tensors: factors
      ? [
          ...tensors,
          { name: 'rope_freqs.weight', type: 0, dims: [factors.length], bytes: quantize('F32', factors) },
        ]
      : tensors,
    ...(options.version && { version: options.version }),
    ...(options.alignment && { alignment: options.alignment }),
  });
  return path;
}

function ggufName(name: string): string {
  const [pattern, replacement] = GGUF_NAMES.find(([pattern]) => pattern.test(name))!;
  return name.replace(pattern, replacement);
}

/** llama.cpp's `permute`: row p·D/2 + i of a head goes to row 2i + p. */
function interleaved(values: Float32Array, heads: number, headDim: number): Float32Array {
  const columns = values.length / heads / headDim;
  const out = new Float32Array(values.length);
  for (let row = 0; row < heads * headDim; row++) {
    const [head, within] = [Math.floor(row / headDim), row % headDim];
    const [part, i] = [Math.floor(within / (headDim / 2)), within % (headDim / 2)];
    const to = head * headDim + 2 * i + part;
    out.set(values.subarray(row * columns, (row + 1) * columns), to * columns);
  }
  return out;
}

function tinyMetadata(shape: TinyShape): Record<string, GgufMeta> {
  const arch = shape.family === 'mistral' ? 'llama' : shape.family;
  const u32 = (value: number): GgufMeta => ({ type: 'u32', value });
  const f32 = (value: number): GgufMeta => ({ type: 'f32', value });
  const string = (value: string): GgufMeta => ({ type: 'string', value });
  const tokens = tinyTokens();
  const padded = [
    ...tokens,
    ...Array.from({ length: shape.vocabSize - tokens.length }, (_, i) => `[PAD${tokens.length + i}]`),
  ];
  const tokenType = (id: number) => (id < TINY_SPECIALS.length ? 3 : id < tokens.length ? 1 : 5);
  return {
    'general.architecture': string(arch),
    'general.name': string(shape.name),
    [`${arch}.block_count`]: u32(shape.layers),
    [`${arch}.context_length`]: u32(shape.contextLength),
    [`${arch}.embedding_length`]: u32(shape.hidden),
    [`${arch}.feed_forward_length`]: u32(shape.ffn),
    [`${arch}.attention.head_count`]: u32(shape.heads),
    [`${arch}.attention.head_count_kv`]: u32(shape.kvHeads),
    [`${arch}.attention.key_length`]: u32(shape.headDim),
    [`${arch}.attention.value_length`]: u32(shape.headDim),
    [`${arch}.attention.layer_norm_rms_epsilon`]: f32(shape.normEps),
    [`${arch}.rope.freq_base`]: f32(shape.theta),
    [`${arch}.rope.dimension_count`]: u32(shape.headDim),
    ...ropeMetadata(arch, shape),
    'tokenizer.ggml.model': string('gpt2'),
    'tokenizer.ggml.pre': string('smollm'),
    'tokenizer.ggml.tokens': { type: 'strings', value: padded },
    'tokenizer.ggml.token_type': { type: 'i32s', value: padded.map((_, id) => tokenType(id)) },
    'tokenizer.ggml.merges': { type: 'strings', value: tinyMerges().map((pair) => pair.join(' ')) },
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(2),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.chat_template': string(TINY_CHAT_TEMPLATE),
  };
}

function ropeMetadata(arch: string, { ropeScaling }: TinyShape): Record<string, GgufMeta> {
  const kind = ropeScaling?.['rope_type'] ?? ropeScaling?.['type'];
  if (!ropeScaling || (kind !== 'linear' && kind !== 'yarn')) return {};
  const number = (key: string, name: string, type: 'u32' | 'f32') =>
    ropeScaling[name] === undefined
      ? {}
      : { [`${arch}.rope.scaling.${key}`]: { type, value: Number(ropeScaling[name]) } };
  return {
    [`${arch}.rope.scaling.type`]: { type: 'string', value: kind },
    ...number('factor', 'factor', 'f32'),
    ...number('original_context_length', 'original_max_position_embeddings', 'u32'),
    ...number('yarn_beta_fast', 'beta_fast', 'f32'),
    ...number('yarn_beta_slow', 'beta_slow', 'f32'),
  };
}

/** As Llama 3.1's reference code and llama.cpp's converter work them out; null for other scalings. */
function ropeFactors({ ropeScaling, theta, headDim }: TinyShape): Float32Array | null {
  if (!ropeScaling || (ropeScaling['rope_type'] ?? ropeScaling['type']) !== 'llama3') return null;
  const [factor, low, high, context] = [
    'factor',
    'low_freq_factor',
    'high_freq_factor',
    'original_max_position_embeddings',
  ].map((name) => Number(ropeScaling[name])) as [number, number, number, number];
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * theta ** ((2 * i) / headDim);
    if (wavelength < context / high) return 1;
    if (wavelength > context / low) return factor;
    const smooth = (context / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}
