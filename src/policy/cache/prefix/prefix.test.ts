import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Prompt } from '../../../core/content.ts';
import { type Boundary, boundariesOf } from './boundaries.ts';
import { PrefixHistory } from './history.ts';
import { inOrder, withMarks } from './marks.ts';
import { type PrefixRates, worthMarking } from './worth.ts';

/** Dollars a million: 3 in, 0.30 read, 3.75 and 6 written. */
const RATES: PrefixRates = { input: 3000n, read: 300n, write: { '5m': 3750n, '1h': 6000n } };
const MINUTE = 60_000;

const promptOf = (...texts: readonly string[]): Prompt => ({
  messages: texts.map((text, index) => ({
    role: index === 0 ? 'system' : index % 2 === 1 ? 'user' : 'assistant',
    content: [{ type: 'text', text }],
  })),
  tools: [],
  sampling: {},
  format: { kind: 'text' },
  extras: {},
});

/** How long the system prompt is worth being kept after calls that came at these gaps. */
function keptAfter(gapsMs: readonly number[]): string | null {
  const history = new PrefixHistory();
  let now = 0;
  let keep: string | null = null;
  for (const gap of [0, ...gapsMs]) {
    now += gap;
    const { fixed } = history.observe('t', boundariesOf(promptOf('S', `at ${now}`), 't'), now);
    for (const reuse of fixed.values()) keep = worthMarking(reuse, RATES, 2);
  }
  return keep;
}

describe('a beginning is worth being kept', () => {
  it.each<[string, readonly number[], string | null]>([
    ['never when it came once', [], null],
    ['not before enough reuses were seen', [MINUTE], null],
    ['for 5 minutes when it comes every minute', [MINUTE, MINUTE, MINUTE], '5m'],
    ['for an hour when it comes every 20 minutes', [20, 20, 20, 20].map((each) => each * MINUTE), '1h'],
    ['never when it comes every two hours', Array.from({ length: 20 }, () => 120 * MINUTE), null],
    // 2 of 11 uses read: 2 × 2.70 saved, 9 × 0.75 paid.
    [
      'never when too few of its uses are soon enough',
      [1, 1, ...Array.from({ length: 8 }, () => 400)].map((each) => each * MINUTE),
      null,
    ],
  ])('%s', (_, gaps, keep) => {
    expect(keptAfter(gaps)).toBe(keep);
  });

  it('exactly when what its reads save is more than what its writes cost', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), (reads, writes) => {
        const none = { reads: 0, writes: 1 };
        const keep = worthMarking({ '5m': { reads, writes }, '1h': none }, RATES, 1);
        expect(keep).toBe(reads >= 1 && reads * 2700 > writes * 750 ? '5m' : null);
      }),
    );
  });
});

describe('the ends of beginnings', () => {
  it('are the same for the same beginning only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
        fc.nat(4),
        fc.string(),
        (texts, at, other) => {
          const changed = texts.map((text, index) => (index === at ? other : text));
          const [a, b] = [boundariesOf(promptOf(...texts), 't'), boundariesOf(promptOf(...changed), 't')];
          a.forEach(({ hash, message }, index) => {
            const same = message < at || texts[at] === undefined || texts[at] === other;
            expect(hash === b[index]?.hash).toBe(same);
          });
          expect(boundariesOf(promptOf(...texts), 'u')[0]?.hash).not.toBe(a[0]?.hash);
        },
      ),
    );
  });

  it('tell a conversation that goes on', () => {
    const history = new PrefixHistory();
    const observe = (now: number, ...texts: readonly string[]) =>
      history.observe('t', boundariesOf(promptOf(...texts), 't'), now);
    expect(observe(0, 'S', 'one').continued).toBeNull();
    const next = observe(MINUTE, 'S', 'one', 'yes', 'two');
    expect(next.continued?.message).toBe(1);
    expect(next.turns['5m']).toEqual({ reads: 1, writes: 2 });
    expect(observe(30 * MINUTE, 'S', 'one', 'yes', 'two', 'no', 'three').turns).toEqual({
      '5m': { reads: 1, writes: 4 },
      '1h': { reads: 2, writes: 3 },
    });
  });
});

describe('marks', () => {
  const boundary = (message: number): Boundary => ({
    kind: 'history',
    message,
    hash: `${message}`,
    tokens: 1,
  });

  it('stand kept long before kept short, the last ones first when there are too many', () => {
    const marks = inOrder(
      [
        { boundary: boundary(4), keep: '1h' },
        { boundary: boundary(-1), keep: '1h' },
        { boundary: boundary(2), keep: '5m' },
      ],
      2,
    );
    expect(marks.map(({ boundary: { message }, keep }) => [message, keep])).toEqual([
      [2, '5m'],
      [4, '5m'],
    ]);
  });

  it('are not put where none can stand', () => {
    const prompt = promptOf('S', ' ');
    const { placed, prompt: marked } = withMarks(prompt, [
      { boundary: boundary(1), keep: '5m' },
      { boundary: boundary(0), keep: '5m' },
      { boundary: boundary(9), keep: '5m' },
    ]);
    expect(placed.map(({ boundary: { message } }) => message)).toEqual([0]);
    expect(marked.messages[0]?.content).toEqual([{ type: 'text', text: 'S', cache: '5m' }]);
    expect(prompt.messages[0]?.content).toEqual([{ type: 'text', text: 'S' }]);
  });
});
