import { existsSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { describeModel, openModel } from './index.ts';
import { referenceLogits } from './testing/reference.contract.ts';

/** Set it to the path of SmolLM2-135M-Instruct as a GGUF to run these. */
const PATH = process.env['INFINITE_LLM_TEST_MODEL'] ?? '';

describe.skipIf(!existsSync(PATH))('SmolLM2-135M-Instruct (INFINITE_LLM_TEST_MODEL)', () => {
  it('is what its makers say it is', () => {
    const model = openModel(PATH);
    expect(describeModel(model)).toMatchObject({
      parameters: 134_515_008,
      layers: 30,
      hidden: 576,
      heads: 9,
      kvHeads: 3,
      headDim: 64,
      vocabSize: 49_152,
      contextLength: 8192,
      tied: true,
      rope: 'none',
    });
    expect(model.rope).toEqual({ theta: 100_000, dims: 64, scaling: { kind: 'none' } });
    expect(model.tokenizer).toMatchObject({ bosToken: 1, eosTokens: [0, 2], addBos: false });
    expect(model.tokenizer.chatTemplate).toContain('<|im_start|>');
    model.close();
  });

  it('has a tokenizer that goes there and back, and knows the ids of its makers', () => {
    const { tokenizer } = openModel(PATH);
    const text = new Tokenizer(tokenizer.json, tokenizer.config);
    expect(text.encode('Hello world').ids).toEqual([19556, 905]);
    expect(text.encode('<|im_start|>user\nHi<|im_end|>\n').ids).toEqual([1, 4093, 198, 26843, 2, 198]);
    expect(text.encode('1234').ids).toEqual([33, 34, 35, 36]);
    for (const sample of [
      'Größe naïve',
      '日本語の文章。',
      '😀👩‍👩‍👧 ok',
      'مرحبا بالعالم',
      'a\n\n  b\t c  ',
      "I'll 3.14",
    ]) {
      expect(text.decode(text.encode(sample).ids)).toBe(sample);
    }
  });

  it('knows its language: rows of q and k are in order', { timeout: 120_000 }, () => {
    const model = openModel(PATH);
    const text = new Tokenizer(model.tokenizer.json, model.tokenizer.config);
    const next = (prompt: string) => {
      const logits = referenceLogits(model, text.encode(prompt).ids).at(-1)!;
      return text.decode([logits.indexOf(Math.max(...logits))]);
    };
    expect(next('The capital of France is')).toBe(' Paris');
    expect(next('one two three four five six seven eight')).toBe(' nine');
  });
});
