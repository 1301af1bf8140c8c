import { describe, expect, it } from 'vitest';
import { claudeFeatures } from './claude-features.ts';

describe('claudeFeatures', () => {
  it.each([
    ['claude-3-haiku-20240307', 'none', true, 4096],
    ['claude-3-5-haiku-latest', 'none', true, 8192],
    ['claude-3-7-sonnet-20250219', 'budget', true, 64_000],
    ['claude-opus-4-20250514', 'budget', true, 32_000],
    ['claude-opus-4-1', 'budget', true, 32_000],
    ['claude-sonnet-4-5@20250929', 'budget', true, 64_000],
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', 'budget', true, 64_000],
    ['claude-opus-4-6', 'adaptive', true, 128_000],
    ['claude-opus-4-7', 'adaptive', false, 128_000],
    ['claude-sonnet-5-5', 'adaptive', false, 128_000],
    ['claude-mythos-preview', 'adaptive', false, 128_000],
    ['claude-newname-9-1', 'adaptive', false, 128_000],
    ['deepseek-chat', 'adaptive', true, 32_000],
  ])('%s: thinking %s, sampling %s, at most %i tokens', (model, thinking, takesSampling, most) => {
    expect(claudeFeatures(model)).toMatchObject({ thinking, takesSampling, mostOutputTokens: most });
  });

  it.each([
    ['claude-sonnet-4', false],
    ['claude-opus-4-1', true],
    ['claude-haiku-4-5', true],
    ['claude-fable-5', true],
  ])('%s enforces schemas: %s', (model, hasSchemas) => {
    expect(claudeFeatures(model).hasSchemas).toBe(hasSchemas);
  });

  it.each([
    ['claude-opus-5', true, true],
    ['claude-fable-5', false, true],
    ['claude-fable-5-1', false, false],
    ['claude-opus-5-5', false, false],
    ['claude-haiku-5-5', true, true],
  ])('%s can stop thinking: %s, takes forced tools: %s', (model, canStopThinking, takesForcedTools) => {
    expect(claudeFeatures(model)).toMatchObject({ canStopThinking, takesForcedTools });
  });
});
