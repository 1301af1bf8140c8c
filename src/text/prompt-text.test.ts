import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Prompt } from '../core/content.ts';
import { lastUserText, promptText } from './prompt-text.ts';

const PROMPT: Prompt = {
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'SYSTEM' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'QUESTION' },
        { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'IMAGE' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'THOUGHT', signature: 'SIGNATURE' },
        { type: 'tool-call', id: 'ID', name: 'CALLED', arguments: '{"city":"ARGUMENT"}' },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool-result',
          callId: 'ID',
          name: 'CALLED',
          isError: false,
          content: [{ type: 'text', text: 'RESULT' }],
        },
      ],
    },
  ],
  tools: [{ name: 'TOOL', description: 'PURPOSE', parameters: { type: 'object', title: 'PARAMETER' } }],
  sampling: {},
  format: { kind: 'json-schema', name: 'FORMAT', schema: { title: 'SCHEMA' } },
  extras: {},
};

describe('the text of a prompt', () => {
  it('is all that the model reads', () => {
    const text = promptText(PROMPT);
    for (const word of [
      'SYSTEM',
      'QUESTION',
      'THOUGHT',
      'CALLED',
      'ARGUMENT',
      'RESULT',
      'TOOL',
      'PURPOSE',
      'PARAMETER',
      'FORMAT',
      'SCHEMA',
    ])
      expect(text).toContain(word);
  });

  it('is not what the model does not read as text', () => {
    expect(promptText(PROMPT)).not.toMatch(/IMAGE|SIGNATURE|\bID\b/);
  });
});

describe('what the user said last', () => {
  it('is whole, or its two ends', () => {
    const texts = fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (list, eachEnd) => {
        const prompt: Prompt = {
          ...PROMPT,
          messages: [{ role: 'user', content: list.map((text) => ({ type: 'text', text })) }],
        };
        const whole = list.join('\n');
        expect(lastUserText(prompt)).toBe(whole.trim());
        expect(lastUserText(prompt, eachEnd)).toBe(
          (whole.length <= 2 * eachEnd ? whole : whole.slice(0, eachEnd) + whole.slice(-eachEnd)).trim(),
        );
      }),
      { numRuns: 300 },
    );
    expect(lastUserText({ ...PROMPT, messages: [] })).toBe('');
  });
});
