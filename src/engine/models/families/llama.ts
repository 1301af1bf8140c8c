import type { Family } from './family.ts';

/** Llama 2 and 3, SmolLM2, and the many that took their form. Attention biases are rare but allowed by its config. */
export const llama: Family = {
  name: 'Llama',
  huggingFace: 'LlamaForCausalLM',
  gguf: 'llama',
  ggufPermutesHeads: true,
  qkvBias: 'maybe',
  headNorms: 'never',
  windowByDefault: false,
  defaults: { theta: 10_000, tied: false },
};
