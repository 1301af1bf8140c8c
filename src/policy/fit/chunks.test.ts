import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf } from './chunks.ts';

/** A token is three characters. */
const count = async (text: string): Promise<number> => Math.ceil(text.length / 3);

describe('partsOf', () => {
  it('gives parts that join to the text byte for byte, none too long, for any text', async () => {
    const words = fc.constantFrom(
      'Hello there. ',
      '日本語の文です。',
      '\n\n',
      '- item\n',
      '{"a": [1]}',
      '😀',
      'x',
      ' ',
      '```\n',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(words, { maxLength: 200 }),
        fc.integer({ min: 4, max: 300 }),
        async (pieces, most) => {
          const text = pieces.join('');
          const parts = await partsOf(text, most, count);
          expect(parts.join('')).toBe(text);
          for (const part of parts) {
            expect(await count(part)).toBeLessThanOrEqual(most);
            expect(part.isWellFormed()).toBe(true);
          }
        },
      ),
    );
  });

  it('cuts between sentences', async () => {
    const text = 'The first sentence is here. The second sentence is here. The third sentence is here. ';
    const parts = await partsOf(text.repeat(20), 200, count);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part).toMatch(/^The .*\. $/);
  });

  it('leaves a short text whole, and gives nothing for none', async () => {
    expect(await partsOf('short', 100, count)).toEqual(['short']);
    expect(await partsOf('', 100, count)).toEqual([]);
  });

  it('cuts a text of one endless word', async () => {
    const parts = await partsOf('x'.repeat(700_000), 10_000, count);
    expect(parts.join('')).toHaveLength(700_000);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(30_000);
  });
});
