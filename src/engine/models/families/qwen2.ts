import type { Family } from './family.ts';

/** Qwen 2 and 2.5. */
export const qwen2: Family = {
  name: 'Qwen2',
  huggingFace: 'Qwen2ForCausalLM',
  gguf: 'qwen2',
  ggufPermutesHeads: false,
  qkvBias: 'always',
  headNorms: 'never',
  windowByDefault: false,
  defaults: { theta: 10_000, tied: false },
};
