import { expect, it } from 'vitest';
import { mostOutputTokens } from './most-output.ts';

it.each([
  ['gpt-4o-mini', 16_384],
  ['gpt-4o-2024-05-13', 4_096],
  ['ft:gpt-4.1-mini-2025-04-14:acme::abc', 32_768],
  ['openai/gpt-audio-mini', 16_384],
  ['gpt-5-chat-latest', 16_384],
  ['gpt-5.1', 128_000],
  ['gpt-6-sol', 128_000],
  ['o4-mini', 100_000],
  ['claude-3-haiku-20240307', 4_096],
  ['models/gemini-2.0-flash', 8_192],
  ['gemini-2.5-pro-preview-tts', 16_384],
  ['gemini-2.5-flash', 65_535],
  ['gemma-3-27b-it', 8_192],
  ['somebody-elses-model', null],
])('knows that %s answers with at most %s tokens', (model, most) => {
  expect(mostOutputTokens(model)).toBe(most);
});
