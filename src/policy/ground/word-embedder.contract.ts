import type { Embedder } from '../../core/ports.ts';

/** Embeds a text by its words alone: texts with the same words are near, those with none in common are not. */
export const wordEmbedder: Embedder = {
  dimensions: 256,
  ready: async () => undefined,
  embed: async (texts) => texts.map(vectorOf),
};

function vectorOf(text: string): Float32Array {
  const vector = new Float32Array(256);
  for (const word of text.toLowerCase().match(/\p{L}+|\d+/gu) ?? []) {
    let hash = 2166136261;
    for (const char of word) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
    const at = (hash >>> 0) % 256;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
