/** Which tensors a decoder has, by what they are for; the keys of `LayerWeights` and `Model`. */
export type LayerRole =
  | 'attentionNorm'
  | 'q'
  | 'k'
  | 'v'
  | 'qBias'
  | 'kBias'
  | 'vBias'
  | 'qNorm'
  | 'kNorm'
  | 'output'
  | 'ffnNorm'
  | 'gate'
  | 'up'
  | 'down';

/** What a file format calls them. */
export interface TensorNames {
  readonly embedding: string;
  readonly outputNorm: string;
  readonly head: string;
  layer(index: number): Readonly<Record<LayerRole, string>>;
  /** In the file, but not weights: not missed by the model. */
  isAside(name: string): boolean;
}

export const GGUF_NAMES: TensorNames = {
  embedding: 'token_embd.weight',
  outputNorm: 'output_norm.weight',
  head: 'output.weight',
  layer: (index) => ({
    attentionNorm: `blk.${index}.attn_norm.weight`,
    q: `blk.${index}.attn_q.weight`,
    k: `blk.${index}.attn_k.weight`,
    v: `blk.${index}.attn_v.weight`,
    qBias: `blk.${index}.attn_q.bias`,
    kBias: `blk.${index}.attn_k.bias`,
    vBias: `blk.${index}.attn_v.bias`,
    qNorm: `blk.${index}.attn_q_norm.weight`,
    kNorm: `blk.${index}.attn_k_norm.weight`,
    output: `blk.${index}.attn_output.weight`,
    ffnNorm: `blk.${index}.ffn_norm.weight`,
    gate: `blk.${index}.ffn_gate.weight`,
    up: `blk.${index}.ffn_up.weight`,
    down: `blk.${index}.ffn_down.weight`,
  }),
  isAside: (name) => name === 'rope_freqs.weight',
};

export const FOLDER_NAMES: TensorNames = {
  embedding: 'model.embed_tokens.weight',
  outputNorm: 'model.norm.weight',
  head: 'lm_head.weight',
  layer: (index) => ({
    attentionNorm: `model.layers.${index}.input_layernorm.weight`,
    q: `model.layers.${index}.self_attn.q_proj.weight`,
    k: `model.layers.${index}.self_attn.k_proj.weight`,
    v: `model.layers.${index}.self_attn.v_proj.weight`,
    qBias: `model.layers.${index}.self_attn.q_proj.bias`,
    kBias: `model.layers.${index}.self_attn.k_proj.bias`,
    vBias: `model.layers.${index}.self_attn.v_proj.bias`,
    qNorm: `model.layers.${index}.self_attn.q_norm.weight`,
    kNorm: `model.layers.${index}.self_attn.k_norm.weight`,
    output: `model.layers.${index}.self_attn.o_proj.weight`,
    ffnNorm: `model.layers.${index}.post_attention_layernorm.weight`,
    gate: `model.layers.${index}.mlp.gate_proj.weight`,
    up: `model.layers.${index}.mlp.up_proj.weight`,
    down: `model.layers.${index}.mlp.down_proj.weight`,
  }),
  // Old exports keep the frequencies that every loader works out anew.
  isAside: (name) => name.endsWith('.rotary_emb.inv_freq'),
};
