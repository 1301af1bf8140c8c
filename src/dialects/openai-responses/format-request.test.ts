import { describe, expect, it } from 'vitest';
import type { Message, Prompt } from '../../core/content.ts';
import { formatRequest } from './format-request.ts';

const format = (change: Partial<Prompt>, stream = false) =>
  formatRequest(
    {
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      tools: [],
      sampling: {},
      format: { kind: 'text' },
      extras: {},
      ...change,
    },
    'm',
    stream,
  );

describe('formatRequest of responses', () => {
  it('is plain for a plain question, and stores nothing', () => {
    expect(format({}, true)).toEqual({
      body: { model: 'm', input: [{ role: 'user', content: 'Hi' }], store: false, stream: true },
      warnings: [],
    });
  });

  it('asks for encrypted thoughts where there are any', () => {
    expect(format({ reasoning: { effort: 'high', visible: true } }).body).toMatchObject({
      reasoning: { effort: 'high', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    });
  });

  it('gives OpenAI its own thoughts back, and no one else’s', () => {
    const thinking = (signature: string): Message[] => [
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.', signature },
          { type: 'text', text: 'So.' },
        ],
      },
    ];
    expect(format({ messages: thinking('openai:rs_1:gAAAA') }).body['input']).toEqual([
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'gAAAA',
      },
      { role: 'assistant', content: 'So.' },
    ]);
    const foreign = format({ messages: thinking('anthropic:x') });
    expect(foreign.body['input']).toEqual([{ role: 'assistant', content: 'So.' }]);
    expect(foreign.warnings).toHaveLength(1);
  });

  it('puts results, also pictures, right behind their calls', () => {
    const { body } = format({
      messages: [
        { role: 'assistant', content: [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And?' },
            {
              type: 'tool-result',
              callId: 'a',
              name: 'f',
              content: [{ type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AAAA' } }],
              isError: false,
            },
          ],
        },
      ],
    });
    expect(body['input']).toEqual([
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      {
        type: 'function_call_output',
        call_id: 'a',
        output: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }],
      },
      { role: 'user', content: 'And?' },
    ]);
  });

  it('lets no function become strict by default', () => {
    const tool = { name: 'f', parameters: { type: 'object' } };
    expect(format({ tools: [tool] }).body['tools']).toEqual([{ type: 'function', ...tool, strict: false }]);
  });

  it('refuses sound and foreign files', () => {
    for (const media of [
      { type: 'media', mediaType: 'audio/wav', source: { kind: 'base64', data: 'AAAA' } },
      { type: 'media', mediaType: 'application/pdf', source: { kind: 'file', id: 'files/gemini' } },
    ] as const)
      expect(() => format({ messages: [{ role: 'user', content: [media] }] })).toThrow(
        expect.objectContaining({ code: 'unsupported' }) as Error,
      );
  });

  it.each<[Partial<Prompt>, RegExp]>([
    [{ sampling: { seed: 3 } }, /^seed: /],
    [{ sampling: { stop: ['x'] } }, /^stop: /],
    [{ extras: { logit_bias: {} } }, /^logit_bias: /],
    [{ reasoning: { budgetTokens: 5000 } }, /^reasoning budget: /],
  ])('warns of what it leaves out of %j', (change, warning) => {
    expect(format(change).warnings).toEqual([expect.stringMatching(warning)]);
  });
});
