import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswers } from './read-answers.ts';
import { elect, orders } from './vote.ts';

describe('a common answer', () => {
  it('is read item by item', () => {
    const text = '[{"id": 2, "answer": "b"}, {"id": 1, "answer": 7}, {"id": 3, "answer": true}]';
    expect(readAnswers(text, 3, 'text')).toEqual(['7', 'b', 'true']);
    expect(readAnswers(`\n\`\`\`json\n${text}\n\`\`\`\n`, 3, 'text')).toEqual(['7', 'b', 'true']);
  });

  it('has nothing for items that are missing, told twice, of another form, or that were not asked', () => {
    const text =
      '[{"id":1,"answer":"a"},{"id":1,"answer":"a"},{"id":2},{"id":"3","answer":"c"},{"id":4,"answer":null},{"id":9,"answer":"x"},5]';
    expect(readAnswers(text, 4, 'text')).toEqual([null, null, null, null]);
  });

  it('is nothing when it is no whole array', () => {
    for (const text of [
      '',
      'positive',
      '{"id":1,"answer":"a"}',
      '[{"id":1,"answer":"a"}',
      'So: [{"id":1,"answer":"a"}]',
    ])
      expect(readAnswers(text, 1, 'text')).toEqual([null]);
  });

  it('is an object in JSON mode', () => {
    const text = '[{"id":1,"answer":{"label":"good"}},{"id":2,"answer":"good"}]';
    expect(readAnswers(text, 2, 'json')).toEqual(['{"label":"good"}', null]);
  });

  it('never breaks, whatever the model writes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 1, max: 9 }), (text, items) => {
        expect(readAnswers(text, items, 'text')).toHaveLength(items);
      }),
    );
  });
});

describe('votes', () => {
  it('go to what most rounds said; else to what was said first', () => {
    expect(elect(['a', 'b ', 'b'])).toEqual({ answer: 'b', votes: 2 });
    expect(elect(['a', 'b', null])).toEqual({ answer: 'a', votes: 1 });
    expect(elect([null, null])).toBeNull();
  });

  it('are cast on permutations of the items, the first as they came', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 64 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (items, value) => {
          const asked = orders(items, 3, () => value);
          const expected = Array.from({ length: items }, (_, index) => index);
          expect(asked[0]).toEqual(expected);
          for (const order of asked) expect(order.toSorted((a, b) => a - b)).toEqual(expected);
        },
      ),
    );
  });
});
