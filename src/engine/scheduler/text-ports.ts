import type { SamplingOptions } from '../ports.ts';
import type { Sampler, StopFilter } from '../sampling/index.ts';
import type { Detokenizer } from '../tokens/index.ts';

/** What an answer needs of the tokenizer and of the model's tokens. */
export interface EngineTokenizer {
  /** Tokens that end an answer. */
  readonly eosTokens: readonly number[];
  /** For one answer, whose tokens come one by one. */
  detokenizer(): Pick<Detokenizer, 'push' | 'flush'>;
}

export type CreateSampler = (options: SamplingOptions) => Sampler;

export type CreateStopFilter = (stops: readonly string[]) => StopFilter;
