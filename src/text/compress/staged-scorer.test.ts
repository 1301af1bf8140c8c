import { describe, expect, it } from 'vitest';
import { lexicalScorer } from './lexical-scorer.ts';
import type { Scorer } from './scorer.ts';
import { stagedScorer } from './staged-scorer.ts';

/** Thinks that spans matter by the number that stands in them. */
function numbered(seen: string[][] = []): Scorer {
  return {
    name: 'embedding',
    features: async (spans, question) => {
      seen.push([...spans]);
      const values = spans.map((span) => Number(/\d+/.exec(span)?.[0] ?? 0));
      return { relevance: question === null ? null : values, centrality: values, similarity: () => 0.5 };
    },
  };
}

const SPANS = [
  'the cat sat 1. ',
  'a dog ran 9. ',
  'rain fell 5. ',
  'snow came 3. ',
  'wind blew 2. ',
  'the cat ate 7. ',
];

describe('a quick scorer before a slow one', () => {
  it('leaves short texts to the slow one alone', async () => {
    const seen: string[][] = [];
    const staged = stagedScorer(lexicalScorer, numbered(seen), 1_000);
    expect(staged.name).toBe('embedding');
    expect((await staged.features(SPANS, 'dog?')).relevance).toEqual([1, 9, 5, 3, 2, 7]);
    expect(seen).toEqual([SPANS]);
  });

  it('shows the slow one what is near to the words of the question, in its order, within the bound', async () => {
    const seen: string[][] = [];
    const { relevance } = await stagedScorer(lexicalScorer, numbered(seen), 30).features(SPANS, 'Which cat?');
    expect(seen).toEqual([[SPANS[0], SPANS[5]]]);
    // Both have the word; the slow one prefers the last.
    expect(relevance?.indexOf(Math.max(...(relevance ?? [])))).toBe(5);
  });

  it('goes by what is central where nothing is asked', async () => {
    const seen: string[][] = [];
    const found = await stagedScorer(lexicalScorer, numbered(seen), 45).features(SPANS, null);
    expect(found.relevance).toBeNull();
    expect(found.centrality).toHaveLength(SPANS.length);
    expect(seen[0]?.length).toBeLessThan(SPANS.length);
    const shown = (seen[0] ?? []).map((span) => SPANS.indexOf(span));
    expect(found.similarity(shown[0] ?? -1, shown[1] ?? -1)).toBe(0.5);
    const hidden = SPANS.findIndex((span) => !seen[0]?.includes(span));
    expect(found.similarity(hidden, shown[0] ?? -1)).not.toBe(0.5);
  });

  it('finds no span too long, and reads of each no more than an encoder does', async () => {
    const seen: string[][] = [];
    const long = 'cat '.repeat(10_000);
    await stagedScorer(lexicalScorer, numbered(seen), 1_100).features([long, ...SPANS, long], 'cat?');
    expect(seen[0]?.filter((span) => span === long)).toHaveLength(1);
    const none = await stagedScorer(lexicalScorer, numbered(), 10).features([long, long], 'cat?');
    expect(none.relevance).toHaveLength(2);
    expect(none.relevance?.every(Number.isFinite)).toBe(true);
  });
});
