import type { Family } from './family.ts';

export const qwen3: Family = {
  name: 'Qwen3',
  huggingFace: 'Qwen3ForCausalLM',
  gguf: 'qwen3',
  ggufPermutesHeads: false,
  qkvBias: 'maybe',
  headNorms: 'always',
  windowByDefault: false,
  defaults: { theta: 10_000, tied: false },
};
