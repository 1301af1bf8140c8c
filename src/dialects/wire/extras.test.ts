import { describe, expect, it } from 'vitest';
import { reportExtras } from './extras.ts';

describe('reportExtras', () => {
  it('warns of what the answer does not depend on', () => {
    expect(reportExtras({ store: true, 'messages[0].name': 'Ann' }, 'Anthropic messages')).toEqual([
      'store: not known to Anthropic messages',
      'messages[0].name: not known to Anthropic messages',
    ]);
  });

  it.each([
    { n: 2 },
    { logprobs: true },
    { modalities: ['text', 'audio'] },
    { previous_response_id: 'resp_1' },
    { background: true },
    { 'tools[3]': { type: 'web_search' } },
    { 'messages[1].content[0]': { type: 'video' } },
    { 'messages[1].tool_calls[0]': { type: 'custom' } },
    { 'input[2]': { type: 'item_reference' } },
    { 'contents[0].parts[1]': {} },
    { 'input[4].output[0]': {} },
    { 'generationConfig.candidateCount': 4 },
  ])('refuses %j', (extras) => {
    const [path] = Object.keys(extras);
    expect(() => reportExtras(extras, 'Gemini')).toThrow(`${path} has no counterpart in Gemini`);
  });

  it.each([
    { n: 1 },
    { logprobs: false },
    { modalities: ['text'] },
    { background: false },
    { top_logprobs: 0 },
  ])('only warns of %j, which asks for what everybody answers', (extras) => {
    expect(reportExtras(extras, 'Gemini')).toHaveLength(1);
  });

  it('says what to do instead', () => {
    expect(() => reportExtras({ n: 2 }, 'Gemini')).toThrow('Send as many calls instead.');
    for (const extras of [
      { previous_response_id: 'resp_1' },
      { 'input[1]': { type: 'item_reference', id: 'msg_1' } },
    ])
      expect(() => reportExtras(extras, 'Gemini')).toThrow('"store": false');
  });
});
