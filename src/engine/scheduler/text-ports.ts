import type { SamplingOptions, TokenLogprob } from '../ports.ts';

/** Text of tokens that come one by one. */
export interface Detokenizer {
  /** The text that became certain with this token; empty in the middle of a character. */
  push(token: number): string;
  flush(): string;
}

export interface EngineTokenizer {
  /** Tokens that end an answer. */
  readonly eosTokens: readonly number[];
  detokenizer(): Detokenizer;
}

export interface Sample extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}

export interface Sampler {
  /** @param history the prompt and what was answered so far */
  sample(logits: Float32Array, history: readonly number[], topLogprobs: number): Sample;
}

export type CreateSampler = (options: SamplingOptions) => Sampler;

/** Holds back what may be the beginning of a stop text. */
export interface StopFilter {
  push(text: string): { readonly emit: string; readonly stopped: boolean };
  flush(): string;
}

export type CreateStopFilter = (stops: readonly string[]) => StopFilter;
