import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Prompt } from '../../core/content.ts';
import { NO_GROUND } from '../../core/plan/ground.ts';
import type { Bus } from '../../core/ports.ts';
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
  const published: string[] = [];
  let listeners: ((message: string) => void)[];
  let documents: ReturnType<typeof memoryDocuments>;
  let library: Library;
  const bus = (): Bus => ({
    publish: (_topic, message) => {
      published.push(message);
      for (const listener of listeners) listener(message);
    },
    subscribe: (_topic, listener) => {
      listeners.push(listener);
      return () => {
        listeners = listeners.filter((each) => each !== listener);
      };
    },
    close: async () => undefined,
  });

  beforeEach(() => {
    listeners = [];
    documents = memoryDocuments();
    library = createLibrary({ store: documents, embedder: wordEmbedder, bus: bus() });
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

  it('reads a collection once, and again after a change here or at another gateway', async () => {
    const added = await library.add({ collection: 'one', name: 'a.md', text: 'First text.' });
    await library.search('one', 'text', 1);
    await library.search('one', 'first', 1);
    expect(documents.reads).toEqual(['one']);
    const elsewhere = createLibrary({ store: documents, embedder: wordEmbedder, bus: bus() });
    await elsewhere.add({ collection: 'one', name: 'b.md', text: 'Second text.' });
    expect(await library.search('one', 'second text', 1)).toMatchObject([{ document: 'b.md' }]);
    expect(await library.remove(added.id)).toBe(true);
    expect(await library.search('one', 'first', 5)).toHaveLength(1);
    expect(await library.remove('none')).toBe(false);
  });

  it('refuses a text without words', async () => {
    await expect(library.add({ collection: 'one', name: 'a.md', text: ' \n ' })).rejects.toThrow(
      'holds no text',
    );
  });

  it('asks the store again after it failed', async () => {
    await library.add({ collection: 'one', name: 'a.md', text: 'First text.' });
    let fails = true;
    const store = {
      ...documents,
      passages: async (collection: string) => {
        if (fails) throw new Error('down');
        return await documents.passages(collection);
      },
    };
    const other = createLibrary({ store, embedder: wordEmbedder, bus: bus() });
    await expect(other.search('one', 'first', 1)).rejects.toThrow('down');
    fails = false;
    expect(await other.search('one', 'first', 1)).toHaveLength(1);
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
