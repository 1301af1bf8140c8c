import { describe, expect, it } from 'vitest';
import { callRecord } from '../../test/services/call-record.ts';
import type { CallRecord } from '../core/record.ts';
import { storedExchange } from './stored-exchange.ts';

const QUESTION = { model: 'fast', messages: [{ role: 'user', content: 'How?' }] };

function stored(change: Partial<CallRecord>, body: unknown, answer: unknown) {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return storedExchange(
    callRecord({ stream: false, requestBody: text(body), responseBody: text(answer), ...change }),
  );
}

const ANSWER = {
  id: 'x',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'So.' } }],
};
const STREAM = [
  { choices: [{ index: 0, delta: { role: 'assistant', content: 'S' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: { content: 'o.' }, finish_reason: 'stop' }] },
]
  .map((chunk) => `data: ${JSON.stringify({ object: 'chat.completion.chunk', ...chunk })}\n\n`)
  .join('');

describe('what was stored of a call', () => {
  it.each<[string, Partial<CallRecord>, unknown, unknown]>([
    ['relayed whole', {}, QUESTION, ANSWER],
    ['relayed as a stream', { stream: true }, QUESTION, `${STREAM}data: [DONE]\n\n`],
    [
      'as content',
      { stream: true },
      QUESTION,
      [
        { type: 'reasoning', text: 'Hm.' },
        { type: 'text', text: 'So.' },
      ],
    ],
    [
      'of Anthropic',
      { dialect: 'anthropic' },
      { ...QUESTION, max_tokens: 5 },
      {
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [{ type: 'text', text: 'So.' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    ],
    [
      'of Google, as a streamed array',
      { dialect: 'gemini', stream: true },
      { contents: [{ role: 'user', parts: [{ text: 'How?' }] }] },
      [{ candidates: [{ content: { role: 'model', parts: [{ text: 'So.' }] }, finishReason: 'STOP' }] }],
    ],
    [
      'of responses',
      { dialect: 'openai-responses' },
      { model: 'fast', input: 'How?' },
      {
        id: 'r',
        object: 'response',
        status: 'completed',
        model: 'm',
        output: [
          {
            type: 'message',
            id: 'm',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: 'So.', annotations: [] }],
          },
        ],
      },
    ],
  ])('is read, %s', (_name, change, body, answer) => {
    expect(stored(change, body, answer)).toMatchObject({
      answer: 'So.',
      prompt: { messages: [{ role: 'user', content: [{ type: 'text', text: 'How?' }] }] },
    });
  });

  it.each<[string, Partial<CallRecord>, unknown, unknown]>([
    ['not stored', { requestBody: null }, '', ''],
    ['not stored', { responseBody: null }, QUESTION, ''],
    ['request cannot be read', {}, `${JSON.stringify(QUESTION).slice(0, 30)}… (9 characters in all)`, ANSWER],
    ['request cannot be read', {}, { model: 'fast' }, ANSWER],
    ['request cannot be read', { dialect: 'relay', operation: 'relay' }, QUESTION, ANSWER],
    ['answer cannot be read', {}, QUESTION, `${JSON.stringify(ANSWER).slice(0, 30)}…`],
    ['answer cannot be read', { stream: true }, QUESTION, STREAM.slice(0, 100)],
    ['answer cannot be read', {}, QUESTION, 'no JSON'],
    ['more than text', {}, QUESTION, [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }]],
  ])('is told to be %s', (why, change, body, answer) => {
    expect(stored(change, body, answer)).toContain(why);
  });
});
