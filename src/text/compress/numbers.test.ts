import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countNumbers, isMathematical } from './numbers.ts';

const pieces = fc.constantFrom(
  ...'one Two THREE halves thirds pair each every equally K ſix 7 3.14 1,000 ½ ² x² _one one_ pér naïve é ß ’ “ – \n'.split(
    ' ',
  ),
  ' ',
  '.',
  '-',
);

describe('numbers', () => {
  it('are counted in Latin script as they are in all others', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 30 }), (list) => {
        const text = list.join('');
        // A letter of another script, apart from the rest, makes Unicode's rules hold.
        expect(countNumbers(text)).toBe(countNumbers(`${text} Ж`));
      }),
      { numRuns: 500 },
    );
    expect(countNumbers('one, Two and 3.14 of ½ – twice')).toBe(5);
  });

  it.each([
    ['Ann has 3 apples and 4 pears. How many has she?', true],
    ['Solve x = 3 + 4 and y = 7 * 2', true],
    ['What is 12 of 100 in 7?', true],
    ['Why is the sky blue?', false],
    ['How many are there?', false],
    ['The harbour was rebuilt in 1958.', false],
    ['3人の子供が4個ずつ持っています。いくつありますか', true],
  ])('make a problem: %s', (text, is) => {
    expect(isMathematical(text)).toBe(is);
  });
});
