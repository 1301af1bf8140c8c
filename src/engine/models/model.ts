/** How a tensor's values are kept: GGML's names, which safetensors' three types fit into. */
export type TensorType = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q4_K' | 'Q5_K' | 'Q6_K';

/** One weight, not read yet. Rows of matrices are outputs: y = W·x with W of [rows, columns]. */
export interface Tensor {
  readonly name: string;
  readonly type: TensorType;
  readonly rows: number;
  readonly columns: number;
  /** As they stand in the file, row after row (GGUF's permuted rows of q and k already put back to rotate-half order). */
  bytes(): Uint8Array;
  /** The same as numbers, [rows, columns]. */
  floats(): Float32Array;
}

/** Rotary embedding, rotate-half layout. */
export interface RopeSpec {
  readonly theta: number;
  readonly dims: number;
  readonly scaling:
    | { readonly kind: 'none' }
    | { readonly kind: 'linear'; readonly factor: number }
    | {
        readonly kind: 'llama3';
        readonly factor: number;
        readonly lowFreqFactor: number;
        readonly highFreqFactor: number;
        readonly originalContext: number;
      }
    /** Inverse frequency i is divided by `factors[i]`: how GGUF keeps the llama3 scaling, and maybe others. [dims / 2] */
    | { readonly kind: 'factors'; readonly factors: Float32Array }
    | {
        readonly kind: 'yarn';
        readonly factor: number;
        readonly betaFast: number;
        readonly betaSlow: number;
        readonly attentionFactor: number;
        readonly originalContext: number;
      };
}

/** One layer's weights; null where the model has none. */
export interface LayerWeights {
  readonly attentionNorm: Tensor;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly qBias: Tensor | null;
  readonly kBias: Tensor | null;
  readonly vBias: Tensor | null;
  /** Norms over each head's values, before the rotation (Qwen 3). */
  readonly qNorm: Tensor | null;
  readonly kNorm: Tensor | null;
  readonly output: Tensor;
  readonly ffnNorm: Tensor;
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly down: Tensor;
}

/** A Llama-like decoder: what it computes and what with. No family is asked for its name: what differs is a field. */
export interface Model {
  readonly name: string;
  readonly layers: readonly LayerWeights[];
  /** [vocabulary, hidden] */
  readonly embedding: Tensor;
  readonly outputNorm: Tensor;
  /** [vocabulary, hidden]; the embedding itself when they are tied. */
  readonly head: Tensor;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffn: number;
  readonly vocabSize: number;
  readonly normEps: number;
  readonly rope: RopeSpec;
  /** Tokens of the longest context it was made for. */
  readonly contextLength: number;
  readonly tokenizer: TokenizerData;
  close(): void;
}

/** All that the file says about text and tokens. */
export interface TokenizerData {
  /** A tokenizer.json (Hugging Face), from the folder or made from the GGUF's vocabulary and merges. */
  readonly json: Readonly<Record<string, unknown>>;
  /** A tokenizer_config.json, or what of it a GGUF tells. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Jinja; null when the model has none. */
  readonly chatTemplate: string | null;
  readonly bosToken: number | null;
  /** Tokens that end an answer. */
  readonly eosTokens: readonly number[];
  readonly addBos: boolean;
}
