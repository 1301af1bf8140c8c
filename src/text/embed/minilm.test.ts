import { describe, expect, it } from 'vitest';
import { createEmbedder } from './index.ts';

const folder = process.env['INFINITE_LLM_TEST_MINILM'];

function similarity(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return a?.reduce((sum, value, d) => sum + value * (b?.[d] ?? 0), 0) ?? Number.NaN;
}

/** Runs where INFINITE_LLM_TEST_MINILM names the folder that `infinite-llm models pull minilm` made. */
describe.skipIf(folder === undefined)('MiniLM', () => {
  it('gives the vectors that ONNX Runtime gives in Python on the same file', async () => {
    const embedder = createEmbedder({ folder: folder ?? '' });
    const [guitar, again, france, padded] = await embedder.embed([
      'How do I learn to play the guitar?',
      'What is the best way to learn guitar?',
      'What is the capital of France?',
      'word '.repeat(300),
    ]);
    expect(similarity(guitar, guitar)).toBeCloseTo(1, 5);
    expect(similarity(guitar, again)).toBeCloseTo(0.890299, 4);
    expect(similarity(guitar, france)).toBeCloseTo(0.103417, 4);
    for (const [d, value] of [0.08604039, -0.04792579, -0.01309476, -0.00693217].entries())
      expect(guitar?.[d]).toBeCloseTo(value, 5);
    expect(similarity(padded, padded)).toBeCloseTo(1, 5);
    await embedder.close();
  });
});
