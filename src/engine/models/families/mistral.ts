import type { Family } from './family.ts';

/** A GGUF calls it `llama`, so that only its folder differs: the sliding window of its first version. */
export const mistral: Family = {
  name: 'Mistral',
  huggingFace: 'MistralForCausalLM',
  gguf: 'llama',
  ggufPermutesHeads: true,
  qkvBias: 'never',
  headNorms: 'never',
  windowByDefault: true,
  defaults: { theta: 10_000, tied: false },
};
