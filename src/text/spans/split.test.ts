import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_SENTENCE } from './sentences.ts';
import { splitSpans } from './split.ts';

const shown = (text: string, insideCode = false): string[] =>
  splitSpans(text, { insideCode }).map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);

describe('spans', () => {
  it('are the sentences of prose, with the space behind them', () => {
    expect(shown('Dr. Smith paid $3.50. He left, e.g. by train! Did he?  Yes.\n\nNext one.')).toEqual([
      'sentence: Dr. Smith paid $3.50. ',
      'sentence: He left, e.g. by train! ',
      'sentence: Did he?  ',
      'sentence: Yes.\n\n',
      'sentence: Next one.',
    ]);
  });

  it('are the sentences of Japanese, a quotation being part of its sentence', () => {
    expect(shown('今日は晴れです。「はい。そうです。」と彼は言った。明日は雨でしょう！行きますか？')).toEqual(
      [
        'sentence: 今日は晴れです。',
        'sentence: 「はい。そうです。」と彼は言った。',
        'sentence: 明日は雨でしょう！',
        'sentence: 行きますか？',
      ],
    );
  });

  it('follow sentences over lines that were wrapped, and not over those that were ended', () => {
    expect(shown('A line that was\nwrapped here.\nAnother line\nTitle Of Something\n')).toEqual([
      'sentence: A line that was\nwrapped here.\n',
      'sentence: Another line\n',
      'sentence: Title Of Something\n',
    ]);
  });

  it('are items of lists, rows of tables that need their head, and headings', () => {
    const text =
      '# Title\n\n- one\n  more of one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nEnd.';
    expect(shown(text)).toEqual([
      'heading: # Title\n\n',
      'list-item: - one\n  more of one\n',
      'list-item: - two\n\n',
      'table-head: | a | b |\n|---|---|\n',
      'table-row: | 1 | 2 |\n',
      'table-row: | 3 | 4 |\n\n',
      'sentence: End.',
    ]);
    expect(splitSpans(text)[5]?.needs).toEqual([3]);
  });

  it('keep fenced and bare code, and JSON, in one', () => {
    const text =
      'Look. Here:\n```ts\nlet a = 1; // Hm. So.\n```\n{"a": "Hello. World", "b": [1]}\nSee {"x": "A. B"} there. And [1] too.\n\ndef f(x):\n    return x\n\nDone now.';
    expect(shown(text)).toEqual([
      'sentence: Look. ',
      'sentence: Here:\n',
      'code: ```ts\nlet a = 1; // Hm. So.\n```\n',
      'json: {"a": "Hello. World", "b": [1]}\n',
      'json: See {"x": "A. B"} there. ',
      'sentence: And [1] too.\n\n',
      'code: def f(x):\n    return x\n\n',
      'sentence: Done now.',
    ]);
  });

  it('tell heads, examples and comments of code apart, when asked', () => {
    const text =
      'from typing import List\n\n\ndef near(a: List[float],\n         b: float) -> bool:\n    """ Say if any are near. Use b.\n    >>> near([1.0], 0.5)\n    False\n    """\n';
    expect(shown(text, true)).toEqual([
      'code-definition: from typing import List\n\n\n',
      'code-definition: def near(a: List[float],\n',
      'code-definition:          b: float) -> bool:\n',
      'code-comment:     """ Say if any are near. ',
      'code-comment: Use b.\n',
      'code-example:     >>> near([1.0], 0.5)\n',
      'code-example:     False\n',
      'code-comment:     """\n',
    ]);
  });

  it('take an unclosed fence for code up to the end', () => {
    expect(shown('Hi.\n```\nOne. Two.\n\nThree.')).toEqual([
      'sentence: Hi.\n',
      'code: ```\nOne. Two.\n\nThree.',
    ]);
  });

  const line = fc.oneof(
    fc.constantFrom(
      'All is well. Or not?\n',
      '今日は。明日「も。」\n',
      '\n',
      ' \t\n',
      '\r\n',
      '```py\n',
      '```\n',
      '~~~\n',
      '- item\n',
      '12) item\n',
      '| a | b |\n',
      '|--|--|\n',
      '{"a": {"b": [1, "x. y"]}}\n',
      '{"a": [\n',
      ']}\n',
      'def f(a,\n',
      '    """Doc.\n',
      '"""\n',
      '>>> f(1)\n',
      'x = 1;\n',
      '# Title\n',
      '🤯🤯 é̂ 👩‍👩‍👧',
      '\uD83E',
      'a'.repeat(1_500),
      '日本'.repeat(700),
      '🤯'.repeat(600),
    ),
    fc.string({ maxLength: 20, unit: 'grapheme' }),
    fc.string({ maxLength: 20, unit: 'binary' }),
  );

  it('tile the text: joined they are the text, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.boolean(), (lines, insideCode) => {
        const text = lines.join('');
        const spans = splitSpans(text, { insideCode });
        let at = 0;
        for (const { start, end } of spans) {
          expect(start).toBe(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBe(text.length);
        const bytes = Buffer.concat(spans.map(({ start, end }) => Buffer.from(text.slice(start, end))));
        expect(bytes.equals(Buffer.from(text))).toBe(true);
        for (const [index, { needs, kind, start, end }] of spans.entries()) {
          for (const need of needs) expect(need !== index && spans[need] !== undefined).toBe(true);
          if (kind === 'sentence') expect(end - start).toBeLessThanOrEqual(2 * LONGEST_SENTENCE);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['brackets', '{['.repeat(100_000)],
    ['open values on lines', '{"a": [1,\n'.repeat(50_000)],
    ['quotes', '"""\n'.repeat(50_000)],
    ['bars', '| '.repeat(100_000)],
    ['dashes', '-'.repeat(200_000)],
    ['lines of dashes', `${'-'.repeat(9_000)}\n`.repeat(20)],
    ['spaces', ' '.repeat(200_000)],
    ['open quotations', '「あ。'.repeat(50_000)],
    ['initials', 'A. '.repeat(50_000)],
    ['assignments', `${'a='.repeat(900)}\n`.repeat(100)],
  ])('take bounded time for hostile %s', (_, text) => {
    const begun = performance.now();
    const spans = splitSpans(text, { insideCode: true });
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(spans.at(-1)?.end).toBe(text.length);
  });
});
