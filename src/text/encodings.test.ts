import { modelToEncodingMap } from 'gpt-tokenizer/mapping';
import { describe, expect, it } from 'vitest';
import { encodingOf } from './encodings.ts';

describe('the encoding of a model', () => {
  it('is the one that the tokenizer library assigns to it', () => {
    const chat = Object.entries(modelToEncodingMap).filter(([model]) =>
      /^(gpt-[345]|o\d|text-embedding)/.test(model),
    );
    expect(chat.length).toBeGreaterThan(15);
    for (const [model, encoding] of chat) {
      if (/image|realtime|audio|transcribe|tts/.test(model)) continue;
      expect([model, encodingOf(model).encoding]).toEqual([model, encoding]);
      expect(encodingOf(model).exact).toBe(true);
    }
    for (const model of ['gpt-4o-mini', 'gpt-4.1', 'gpt-5.4-nano', 'o3-mini', 'o4-mini', 'gpt-oss-120b'])
      expect(encodingOf(model)).toEqual({ encoding: 'o200k_base', exact: true });
  });

  it('is found under a publisher and for fine-tuned models', () => {
    expect(encodingOf('ft:gpt-3.5-turbo:acme::x')).toEqual({ encoding: 'cl100k_base', exact: true });
    expect(encodingOf('openai/gpt-oss-20b')).toEqual({ encoding: 'o200k_base', exact: true });
  });

  it('only comes near for models whose tokenizer is not public', () => {
    for (const model of ['claude-sonnet-4-5', 'gemini-2.5-pro', 'meta-llama/llama-4', 'gpt-6-sol', ''])
      expect(encodingOf(model)).toEqual({ encoding: 'o200k_base', exact: false });
  });
});
