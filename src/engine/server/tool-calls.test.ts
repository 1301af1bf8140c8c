import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnswerPiece, findToolCalls } from './tool-calls.ts';

const NAMES = ['weather', 'time'];

/** The pieces of a text that comes in parts: text joined, calls as `name(arguments)`. */
function read(parts: readonly string[], names = NAMES): { text: string; calls: string[] } {
  const finder = findToolCalls(names);
  const pieces: AnswerPiece[] = [...parts.flatMap((part) => finder.push(part)), ...finder.end()];
  const text = pieces.map((piece) => (piece.type === 'text' ? piece.text : '')).join('');
  const calls = pieces.flatMap((piece) =>
    piece.type === 'tool-call' ? [`${piece.name}(${piece.arguments})`] : [],
  );
  return { text, calls };
}

const WEATHER = '<tool_call>{"name":"weather","arguments":{"city":"Ulm"}}</tool_call>';

describe('tool calls in an answer', () => {
  it.each([
    ['Hermes', WEATHER, '', ['weather({"city":"Ulm"})']],
    [
      'two of them',
      `${WEATHER}\n<tool_call>{"name":"time"}</tool_call>\n`,
      '',
      ['weather({"city":"Ulm"})', 'time({})'],
    ],
    ['after text', `Wait. ${WEATHER}`, 'Wait. ', ['weather({"city":"Ulm"})']],
    ['before text', `${WEATHER} Done.`, ' Done.', ['weather({"city":"Ulm"})']],
    ['without an end', WEATHER.slice(0, -12), '', ['weather({"city":"Ulm"})']],
    ['Llama', '{"name": "time", "parameters": {"zone": "UTC"}}', '', ['time({"zone":"UTC"})']],
    ['Llama with its tag', '<|python_tag|>{"name": "time", "parameters": {}}', '', ['time({})']],
    ['an unknown tool', '<tool_call>{"name":"rm"}</tool_call>', '<tool_call>{"name":"rm"}</tool_call>', []],
    ['no JSON', '<tool_call>weather</tool_call>', '<tool_call>weather</tool_call>', []],
    ['JSON that calls nothing', '{"a": 1}', '{"a": 1}', []],
    ['plain text', 'a < b <tool', 'a < b <tool', []],
    ['nothing', '', '', []],
  ])('%s', (_name, said, text, calls) => {
    expect(read([said])).toEqual({ text, calls });
    expect(read(said.split(''))).toEqual({ text, calls });
  });

  it('are not looked for without tools', () => {
    expect(read([WEATHER], [])).toEqual({ text: WEATHER, calls: [] });
  });

  it('are the same however the text is cut, and no other text is lost', () => {
    const piece = fc.constantFrom(
      WEATHER,
      '<tool_call>',
      '</tool_call>',
      '{',
      '}',
      ' ',
      '\n',
      'a',
      '<',
      'text',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (made, cuts) => {
          const said = made.join('');
          const parts: string[] = [];
          for (let at = 0; at < said.length; ) {
            const length = cuts.next().value ?? 1;
            parts.push(said.slice(at, at + length));
            at += length;
          }
          const whole = read([said]);
          expect(read(parts)).toEqual(whole);
          if (whole.calls.length === 0) expect(whole.text.trimStart()).toBe(said.trimStart());
        },
      ),
    );
  });
});
