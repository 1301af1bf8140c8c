import { describe, expect, it } from 'vitest';
import type { Prompt } from '../core/content.ts';
import { promptText } from './prompt-text.ts';

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
