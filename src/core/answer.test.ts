import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, answerOf, partsOf } from './answer.ts';
import { FINISH_REASONS, type Part } from './part.ts';
import { usageOf } from './usage.ts';

const content = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: fc.string() }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.string() }),
  fc.record({
    type: fc.constant('reasoning' as const),
    text: fc.string(),
    signature: fc.string({ minLength: 1 }),
  }),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: fc.uuid(),
    name: fc.string({ minLength: 1 }),
    arguments: fc.json(),
  }),
  fc.record({
    type: fc.constant('media' as const),
    mediaType: fc.constant('image/png'),
    source: fc.record({ kind: fc.constant('base64' as const), data: fc.base64String() }),
  }),
);

const answers: fc.Arbitrary<Answer> = fc.record({
  content: fc.array(content),
  usage: fc.option(
    fc.record({
      type: fc.constant('usage' as const),
      source: fc.constant('provider' as const),
      usage: fc.record({ input: fc.nat(), output: fc.nat() }).map(usageOf),
    }),
  ),
  finish: fc.record({ type: fc.constant('finish' as const), reason: fc.constantFrom(...FINISH_REASONS) }),
});

describe('an answer', () => {
  it('is the same whole as in parts', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(answerOf(partsOf(answer))).toEqual(answer);
      }),
    );
  });

  it('keeps the order in which blocks began when they come interleaved', () => {
    const parts: Part[] = [
      { type: 'tool-call-start', id: 'a', name: 'one' },
      { type: 'tool-call-start', id: 'b', name: 'two' },
      { type: 'tool-call-delta', id: 'b', arguments: '{"x"' },
      { type: 'tool-call-delta', id: 'a', arguments: '{}' },
      { type: 'tool-call-delta', id: 'b', arguments: ':1}' },
      { type: 'finish', reason: 'tool-calls' },
    ];
    expect(answerOf(parts).content).toEqual([
      { type: 'tool-call', id: 'a', name: 'one', arguments: '{}' },
      { type: 'tool-call', id: 'b', name: 'two', arguments: '{"x":1}' },
    ]);
  });

  it('takes the last usage, since providers report growing totals', () => {
    const usage = (output: number): Part => ({
      type: 'usage',
      source: 'provider',
      usage: usageOf({ output }),
    });
    expect(answerOf([usage(1), usage(7)]).usage?.usage.output).toBe(7);
  });
});
