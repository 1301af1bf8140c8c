import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../core/content.ts';
import { unitsOf } from './turns.ts';

const says = (role: 'user' | 'assistant', text: string): Message => ({
  role,
  content: [{ type: 'text', text }],
});
const system: Message = { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] };

function calls(...ids: string[]): Message[] {
  return [
    { role: 'assistant', content: ids.map((id) => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })) },
    ...ids.map(
      (callId): Message => ({
        role: 'user',
        content: [{ type: 'tool-result', callId, name: 'f', content: [], isError: false }],
      }),
    ),
  ];
}

describe('unitsOf', () => {
  it('keeps instructions, the last question and what follows last; calls stay with their results', () => {
    const messages = [
      system,
      says('user', 'a'),
      ...calls('1', '2'),
      says('assistant', 'b'),
      says('user', 'c'),
      ...calls('3'),
      ...calls('4'),
    ];
    expect(unitsOf(messages)).toEqual([
      { indices: [0], opens: false, kept: true },
      { indices: [1], opens: true, kept: false },
      { indices: [2, 3, 4], opens: false, kept: false },
      { indices: [5], opens: false, kept: false },
      { indices: [6], opens: true, kept: true },
      { indices: [7, 8], opens: true, kept: false },
      { indices: [9, 10], opens: true, kept: true },
    ]);
  });

  it('never tears a call from its result, whatever is left out', () => {
    let id = 0;
    const turn = fc.oneof(
      fc.constant(() => [says('user', 'q')]),
      fc.constant(() => [says('assistant', 'a')]),
      fc.constant(() => [system]),
      fc.integer({ min: 1, max: 3 }).map((n) => () => calls(...Array.from({ length: n }, () => `${++id}`))),
    );
    fc.assert(
      fc.property(
        fc.array(turn, { maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (turns, drop) => {
          const messages = turns.flatMap((make) => make());
          const units = unitsOf(messages);
          expect(units.flatMap(({ indices }) => indices)).toEqual(messages.map((_, index) => index));
          const left = units
            .filter(({ kept }, at) => kept || !drop[at])
            .flatMap(({ indices }) => indices.map((index) => messages[index]!));
          const parts = left.flatMap(
            ({ content }) => content as readonly { type: string; id?: string; callId?: string }[],
          );
          const called = parts.flatMap(({ type, id: name }) => (type === 'tool-call' ? [name] : []));
          const answered = parts.flatMap(({ type, callId }) => (type === 'tool-result' ? [callId] : []));
          expect(new Set(answered)).toEqual(new Set(called));
        },
      ),
    );
  });
});
