import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Prompt } from '../../core/content.ts';
import type { DocumentStore } from '../../core/documents.ts';
import { NO_GROUND } from '../../core/plan/ground.ts';
import { lastUserText } from '../../text/prompt-text.ts';
import { supportOf } from './check-answer.ts';
import { cutPassages } from './cut-passages.ts';
import { createLibrary, type Found, type Library } from './library.ts';
import { memoryDocuments } from './memory-documents.contract.ts';
import { chosenPassages, withSources } from './sourced-prompt.ts';
import { wordEmbedder } from './word-embedder.contract.ts';

const found = (text: string, score = 0.9): Found => ({
  document: 'a.md',
  order: 0,
  text,
  score,
  vector: new Float32Array(),
});

describe('cutPassages', () => {
  it('loses nothing but blank space, and makes no passage longer than it may be', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'A sentence of some words. ',
        '# Heading\n',
        '- an item\n',
        '\n\n',
        '| a | b |\n',
        '日本語の文。',
        '😀',
      ),
      fc.string({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => {
        const text = pieces.join('');
        const passages = cutPassages(text);
        expect(passages.join('').replaceAll(/\s+/g, '')).toBe(text.replaceAll(/\s+/g, ''));
        for (const passage of passages) {
          expect(passage.length).toBeLessThanOrEqual(900);
          expect(passage).toBe(passage.trim());
          expect(passage).not.toBe('');
        }
      }),
    );
  });

  it('keeps a heading with what follows it', () => {
    const section = (name: string): string => `# ${name}\n\n${`Some words on ${name}. `.repeat(20)}\n\n`;
    const passages = cutPassages(section('one') + section('two'));
    expect(passages).toHaveLength(2);
    expect(passages[1]).toMatch(/^# two/);
  });
});

describe('the library', () => {
  let documents: DocumentStore;
  let library: Library;
  beforeEach(() => {
    documents = memoryDocuments();
    library = createLibrary({ store: documents, embedder: wordEmbedder });
  });

  it('finds the passage with the words of the question, in its collection alone', async () => {
    await library.add({ collection: 'one', name: 'a.md', text: 'The notice period is three months.' });
    await library.add({ collection: 'one', name: 'b.md', text: 'Bananas are yellow.' });
    await library.add({ collection: 'two', name: 'c.md', text: 'How long is the notice period?' });
    const [best, other] = await library.search('one', 'How long is the notice period?', 5);
    expect(best).toMatchObject({ document: 'a.md', order: 0, text: 'The notice period is three months.' });
    expect(other?.score).toBeLessThan(best?.score ?? 0);
    expect(await library.search('three', 'anything', 5)).toEqual([]);
  });

  it('says how a collection is searched, and refuses more than that allows before it embeds anything', async () => {
    await library.add({ collection: 'one', name: 'a.md', text: 'First text.' });
    expect(await library.searching('one')).toMatchObject({ how: 'exact', passages: 1 });
    const asked: number[] = [];
    const store: DocumentStore = {
      ...documents,
      searching: async (collection, passages) => {
        asked.push(passages ?? 0);
        return { ...(await documents.searching(collection)), mostPassages: 1, why: 'there is no room' };
      },
    };
    const embedder = { ...wordEmbedder, embed: () => Promise.reject(new Error('embeds')) };
    const full = createLibrary({ store, embedder });
    await expect(full.add({ collection: 'one', name: 'b.md', text: 'Second.' })).rejects.toThrow(
      'b.md has 1 passages and one 1; a collection holds 1 (there is no room)',
    );
    await expect(full.add({ collection: 'one', name: 'a.md', text: 'Instead.' })).rejects.toThrow('embeds');
    expect(asked).toEqual([2, 1]);
  });

  it('refuses a text without words', async () => {
    await expect(library.add({ collection: 'one', name: 'a.md', text: ' \n ' })).rejects.toThrow(
      'holds no text',
    );
  });
});

describe('a prompt with sources', () => {
  const prompt: Prompt = {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'tool-result', callId: 'c', name: 't', content: [], isError: false },
          { type: 'text', text: 'How long?' },
        ],
      },
    ],
    tools: [],
    sampling: {},
    format: { kind: 'text' },
    extras: {},
  };

  it('has them before the question and behind results of tools, and nothing else is changed', () => {
    const sourced = withSources(prompt, [found('Three months.')], true);
    expect(sourced.messages[0]).toBe(prompt.messages[0]);
    const [result, sources, question] = sourced.messages[1]?.content ?? [];
    expect(result).toBe(prompt.messages[1]?.content[0]);
    expect(sources).toMatchObject({ type: 'text', text: expect.stringContaining('[1] a.md\nThree months.') });
    expect(question).toEqual({ type: 'text', text: 'How long?' });
    expect(lastUserText(prompt)).toBe('How long?');
  });

  it('takes the best passages that are good enough and fit', () => {
    const all = [found('a'.repeat(50), 0.9), found('b'.repeat(300), 0.8), found('c', 0.7), found('d', 0.2)];
    const settings = { ...NO_GROUND, minScore: 0.5, mostCharacters: 200 };
    expect(chosenPassages(all, settings).map(({ text }) => text[0])).toEqual(['a', 'c']);
    expect(chosenPassages(all, { ...settings, passages: 1 })).toHaveLength(1);
  });
});

describe('the support of an answer', () => {
  const sources = [found('The notice period is three months. It begins at the end of the month.')];
  const support = (answer: string) => supportOf(answer, sources, 0.6, wordEmbedder);

  it('counts the sentences that are near to a source', async () => {
    expect(
      await support('The notice period is three months [1]. Penguins live on the southern ice.'),
    ).toEqual({
      sentences: 2,
      supported: 1,
      share: 0.5,
      unsupported: [1],
    });
  });

  it('does not take a sentence with a number that no source has', async () => {
    expect((await support('The notice period is 3 months.')).share).toBe(0);
    const numbered = [found('The fee is 12.50 a month.')];
    expect((await supportOf('The fee is 12.50 a month.', numbered, 0.6, wordEmbedder)).share).toBe(1);
    expect((await supportOf('The fee is 12.5 a month.', numbered, 0.6, wordEmbedder)).share).toBe(0);
  });

  it('has nothing against an answer that states nothing', async () => {
    expect(await support('Do you mean the notice period of the contract? Sure.')).toMatchObject({
      sentences: 0,
      share: 1,
    });
  });
});
