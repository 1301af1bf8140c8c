import { describe, expect, it } from 'vitest';
import type { Message } from '../../core/content.ts';
import { collectWarnings } from '../wire/warnings.ts';
import { turnsOf } from './turns.ts';

const text = (text: string) => ({ type: 'text', text }) as const;
const result = (callId: string) =>
  ({ type: 'tool-result', callId, name: 'f', content: [], isError: false }) as const;

function outline(messages: readonly Message[]): unknown {
  const warnings = collectWarnings();
  const { system, turns } = turnsOf(messages, 'X', warnings);
  return {
    system: system.map(({ text }) => text),
    turns: turns.map(({ role, content }) => [
      role,
      ...content.map(({ content }) => (content.type === 'text' ? content.text : content.type)),
    ]),
    warnings: warnings.all(),
  };
}

describe('turnsOf', () => {
  it('puts system messages at the front into the system prompt and joins neighbours of one role', () => {
    expect(
      outline([
        { role: 'system', content: [text('a')] },
        { role: 'system', content: [text('b')] },
        { role: 'user', content: [text('1')] },
        { role: 'user', content: [text('2')] },
        { role: 'assistant', content: [text('3')] },
        { role: 'assistant', content: [text('4')] },
      ]),
    ).toEqual({
      system: ['a', 'b'],
      turns: [
        ['user', '1', '2'],
        ['assistant', '3', '4'],
      ],
      warnings: [],
    });
  });

  it('keeps a later system message at its place, as marked user text, and says so', () => {
    expect(
      outline([
        { role: 'user', content: [text('1')] },
        { role: 'system', content: [text('be brief')] },
        { role: 'user', content: [text('2')] },
      ]),
    ).toEqual({
      system: [],
      turns: [['user', '1', '<system>\nbe brief\n</system>', '2']],
      warnings: [
        'system messages after the first turn: X takes none there, sent as user text in <system> tags',
      ],
    });
  });

  it('puts tool results before anything else of their turn', () => {
    const { turns } = turnsOf(
      [
        { role: 'system', content: [] },
        { role: 'user', content: [text('first'), result('a')] },
        { role: 'user', content: [result('b'), text('last')] },
      ],
      'X',
      collectWarnings(),
    );
    expect(turns[0]?.content.map(({ path }) => path)).toEqual([
      'messages[1].content[1]',
      'messages[2].content[0]',
      'messages[1].content[0]',
      'messages[2].content[1]',
    ]);
  });

  it('makes a user turn of a prompt that is nothing but system messages', () => {
    expect(outline([{ role: 'system', content: [text('a')] }])).toEqual({
      system: [],
      turns: [['user', 'a']],
      warnings: ['system messages: X needs a user turn, so they are sent as one'],
    });
    expect(outline([])).toEqual({ system: [], turns: [], warnings: [] });
  });
});
