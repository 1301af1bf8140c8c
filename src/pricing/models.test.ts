import { describe, expect, it } from 'vitest';
import { contextWindow, knownModels } from './models.ts';

describe('known models', () => {
  it('are those that the price list knows, with their context windows', () => {
    expect(knownModels('openai')).toContainEqual({ id: 'gpt-4o', contextWindow: 128_000 });
    expect(knownModels('anthropic').length).toBeGreaterThan(10);
    expect(knownModels('google')).toContainEqual({ id: 'gemini-embedding-001', contextWindow: null });
    expect(knownModels('openai-compatible')).toEqual([]);
  });

  it('have context windows under all their names', () => {
    const windowOf = (kind: string, model: string): number | null =>
      contextWindow({ provider: 'p', model }, kind);
    expect(windowOf('openai', 'gpt-4o-2024-08-06')).toBe(128_000);
    expect(windowOf('google', 'models/gemini-2.5-flash')).toBe(1_048_576);
    expect(windowOf('openai', 'gpt-nothing')).toBeNull();
    expect(windowOf('openai-compatible', 'gpt-4o')).toBeNull();
  });
});
