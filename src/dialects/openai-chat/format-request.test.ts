import { describe, expect, it } from 'vitest';
import type { MediaContent, Message, Prompt } from '../../core/content.ts';
import { formatRequest } from './format-request.ts';

const prompt = (change: Partial<Prompt>): Prompt => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  tools: [],
  sampling: {},
  format: { kind: 'text' },
  extras: {},
  ...change,
});
const format = (change: Partial<Prompt>, stream = false) => formatRequest(prompt(change), 'm', stream);
const asking = (...content: MediaContent[]): Message[] => [{ role: 'user', content }];
const call = (id: string) => ({ type: 'tool-call', id, name: 'f', arguments: '{}' }) as const;

describe('formatRequest of chat completions', () => {
  it('is plain for a plain question', () => {
    expect(format({})).toEqual({
      body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
      warnings: [],
    });
  });

  it('asks streams for their usage, and writes the name of the maximum that all servers know', () => {
    expect(format({ sampling: { maxOutputTokens: 9 } }, true).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 9,
    });
  });

  it('gives every tool result its own message, before what the user says', () => {
    const result = (callId: string) =>
      ({
        type: 'tool-result',
        callId,
        name: 'f',
        content: [{ type: 'text', text: callId }],
        isError: false,
      }) as const;
    const { body, warnings } = format({
      messages: [
        { role: 'assistant', content: [{ type: 'text', text: 'Calling.' }, call('a'), call('b')] },
        { role: 'user', content: [{ type: 'text', text: 'And?' }, result('a'), result('b')] },
      ],
    });
    expect(body['messages']).toEqual([
      {
        role: 'assistant',
        content: 'Calling.',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: 'a' },
      { role: 'tool', tool_call_id: 'b', content: 'b' },
      { role: 'user', content: 'And?' },
    ]);
    expect(warnings).toEqual([]);
  });

  it('moves the picture of a tool result into a user message and says so', () => {
    const picture = {
      type: 'media',
      mediaType: 'image/png',
      source: { kind: 'base64', data: 'AAAA' },
    } as const;
    const { body, warnings } = format({
      messages: [
        {
          role: 'user',
          content: [{ type: 'tool-result', callId: 'a', name: 'f', content: [picture], isError: true }],
        },
      ],
    });
    expect(body['messages']).toEqual([
      { role: 'tool', tool_call_id: 'a', content: '' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Result of the tool call a:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ]);
    expect(warnings).toHaveLength(2);
  });

  it.each<[MediaContent, object]>([
    [
      { type: 'media', mediaType: 'audio/mpeg', source: { kind: 'base64', data: 'AAAA' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    ],
    [
      {
        type: 'media',
        mediaType: 'text/plain',
        source: { kind: 'base64', data: Buffer.from('é').toString('base64') },
      },
      { type: 'text', text: 'é' },
    ],
    [
      {
        type: 'media',
        mediaType: 'application/pdf',
        source: { kind: 'file', id: 'file-1' },
        filename: 'a.pdf',
      },
      { type: 'file', file: { file_id: 'file-1', filename: 'a.pdf' } },
    ],
  ])('writes %j', (media, part) => {
    expect(format({ messages: asking(media) }).body['messages']).toEqual([{ role: 'user', content: [part] }]);
  });

  it.each<MediaContent>([
    { type: 'media', mediaType: 'video/mp4', source: { kind: 'base64', data: 'AAAA' } },
    { type: 'media', mediaType: 'audio/ogg', source: { kind: 'base64', data: 'AAAA' } },
    { type: 'media', mediaType: 'application/pdf', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
    { type: 'media', mediaType: 'application/pdf', source: { kind: 'file', id: 'files/gemini' } },
    { type: 'media', mediaType: 'image/png', source: { kind: 'file', id: 'file-1' } },
  ])('refuses %j, for the question would not be the same without it', (media) => {
    expect(() => format({ messages: asking(media) })).toThrow(
      expect.objectContaining({ code: 'unsupported', param: 'messages[0].content[0]' }) as Error,
    );
  });

  it('gives back the thoughts of open-weights models, but no other provider’s proofs', () => {
    const thoughts = (signature?: string): Message[] => [
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.', ...(signature && { signature }) },
          { type: 'text', text: 'So.' },
        ],
      },
    ];
    expect(format({ messages: thoughts() }).body['messages']).toEqual([
      { role: 'assistant', content: 'So.', reasoning_content: 'Hm.', reasoning: 'Hm.' },
    ]);
    const signed = format({ messages: thoughts('anthropic:x') });
    expect(signed.body['messages']).toEqual([{ role: 'assistant', content: 'So.' }]);
    expect(signed.warnings).toHaveLength(1);
  });

  it.each([
    [0, 'none'],
    [1000, 'minimal'],
    [4096, 'low'],
    [10_000, 'medium'],
    [64_000, 'high'],
  ])('sends a budget of %i tokens as effort %s, with a warning', (budgetTokens, effort) => {
    const { body, warnings } = format({ reasoning: { budgetTokens } });
    expect(body['reasoning_effort']).toBe(effort);
    expect(warnings).toHaveLength(1);
  });

  it.each<[Partial<Prompt>, RegExp]>([
    [{ sampling: { topK: 3 } }, /^top_k: /],
    [{ metadata: { a: 'b' } }, /^metadata: /],
    [{ reasoning: { visible: true } }, /^visible reasoning: /],
    [{ serviceTier: 'standard_only' }, /^service_tier: .*"standard_only"/],
    [{ extras: { prompt_cache_key: 'x' } }, /^prompt_cache_key: /],
    [
      { messages: [{ role: 'system', content: [{ type: 'text', text: 'x', cache: '5m' }] }] },
      /^cache marks: /,
    ],
  ])('warns of what it leaves out of %j', (change, warning) => {
    expect(format(change).warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('refuses extras that change the shape of the answer', () => {
    expect(() => format({ extras: { n: 3 } })).toThrow('n has no counterpart in chat completions');
  });
});
