import type { Embedder } from '../../../core/ports.ts';

const DIMENSIONS = 128;

/** Embeds a text as the sum of its words, each of which points anywhere, but always there: like words, like vectors. */
export function wordEmbedder(): Embedder & { fails: Error | null; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    dimensions: DIMENSIONS,
    fails: null,
    asked,
    ready: () => Promise.resolve(),
    async embed(texts) {
      await Promise.resolve();
      if (this.fails) throw this.fails;
      asked.push(...texts);
      return texts.map(vectorOf);
    },
  };
}

function vectorOf(text: string): Float32Array {
  const sum = new Float32Array(DIMENSIONS);
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    let state = 17;
    for (const char of word) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
    for (let d = 0; d < DIMENSIONS; d++) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      sum[d] = (sum[d] ?? 0) + (((state ^ (state >>> 13)) >>> 8) / 0x800000 - 1);
    }
  }
  const norm = Math.hypot(...sum) || 1;
  return sum.map((value) => value / norm);
}
