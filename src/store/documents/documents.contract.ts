import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DocumentStore, NewDocument } from '../../core/documents.ts';
import type { Bus } from '../../core/ports.ts';
import { dot } from '../../core/similarity.ts';

const LENGTH = 16;

/** A bus of one process; enough for stores that share it. */
export function sharedBus(): Bus {
  const listeners = new Map<string, Set<(message: string) => void>>();
  return {
    publish: (topic, message) => {
      for (const listener of listeners.get(topic) ?? []) listener(message);
    },
    subscribe: (topic, listener) => {
      const all = listeners.get(topic) ?? new Set();
      listeners.set(topic, all.add(listener));
      return () => void all.delete(listener);
    },
    close: async () => {},
  };
}

/** Vectors of unit length, the same ones at each run. */
export function someVectors(count: number, seed: number, length: number = LENGTH): Float32Array[] {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return Array.from({ length: count }, () => {
    const values = Float32Array.from({ length }, next);
    const norm = Math.hypot(...values);
    return values.map((value) => value / norm);
  });
}

export function documentOf(collection: string, name: string, vectors: readonly Float32Array[]): NewDocument {
  const passages = vectors.map((vector, order) => ({ order, text: `${name} ${order}: ü "日本"\n`, vector }));
  return { collection, name, characters: 10 * vectors.length, passages };
}

/** What every store of documents must do alike, however it searches. `open` gives an empty one. */
export function documentContract(
  open: () => Promise<{ readonly documents: DocumentStore; readonly close: () => Promise<unknown> }>,
  how: 'exact' | 'index',
  skip = false,
): void {
  let documents: DocumentStore;
  let close: () => Promise<unknown>;

  beforeAll(async () => {
    if (!skip) ({ documents, close } = await open());
  });
  afterAll(async () => {
    if (!skip) await close();
  });

  it.skipIf(skip)('keeps documents with their passages, bit for bit', async () => {
    const given = documentOf('one', 'b.md', [Float32Array.of(0.1, -0, 1e-20), Float32Array.of(1, 2, 3)]);
    const info = await documents.put(given);
    expect(info).toMatchObject({ collection: 'one', name: 'b.md', passages: 2, characters: 20 });
    expect(await documents.list()).toEqual([info]);
    expect(await documents.passages('one')).toEqual(
      given.passages.map((passage) => ({ ...passage, document: 'b.md' })),
    );
  });

  it.skipIf(skip)('replaces a document of the same name in its collection alone', async () => {
    const [a, b, c] = someVectors(3, 1);
    await documents.put(documentOf('one', 'b.md', [a!]));
    await documents.put(documentOf('two', 'b.md', [b!]));
    await documents.put(documentOf('one', 'a.md', [c!]));
    expect((await documents.passages('one')).map(({ document }) => document)).toEqual(['a.md', 'b.md']);
    expect((await documents.list()).map(({ collection, name }) => `${collection}/${name}`)).toEqual([
      'one/a.md',
      'one/b.md',
      'two/b.md',
    ]);
    expect(await documents.list('two')).toHaveLength(1);
  });

  it.skipIf(skip)('removes a document once, and nothing for a wrong id', async () => {
    const [first] = await documents.list('two');
    expect(await documents.remove(first?.id ?? '')).toBe(true);
    expect(await documents.remove(first?.id ?? '')).toBe(false);
    expect(await documents.remove("'; drop table illm.documents; --")).toBe(false);
    expect(await documents.passages('two')).toEqual([]);
    expect(await documents.nearest('two', someVectors(1, 1)[0]!, 4)).toEqual([]);
    expect(await documents.list('one')).toHaveLength(2);
  });

  it.skipIf(skip)(
    'finds the nearest passages of a collection, the best first, with their similarity',
    async () => {
      const vectors = someVectors(120, 7);
      for (let from = 0; from < 120; from += 40)
        await documents.put(documentOf('many', `${from}.md`, vectors.slice(from, from + 40)));
      // Others that are as near as can be, in another collection.
      const questions = someVectors(10, 8);
      await documents.put(documentOf('other', 'near.md', questions));
      for (const question of questions) {
        const best = vectors
          .map((vector, at) => ({
            document: `${at - (at % 40)}.md`,
            order: at % 40,
            score: dot(vector, question),
          }))
          .sort((a, b) => b.score - a.score)
          .slice(0, 4);
        const found = await documents.nearest('many', question, 4);
        expect(found.map(({ document, order, score }) => ({ document, order, score }))).toEqual(best);
        expect(found[0]?.vector).toEqual(vectors[Number.parseInt(best[0]!.document) + best[0]!.order]);
        expect(found[0]?.text).toBe(`${best[0]!.document} ${best[0]!.order}: ü "日本"\n`);
      }
      expect(await documents.searching('many')).toMatchObject({ how, passages: 120 });
      expect(await documents.nearest('many', questions[0]!, 500)).toHaveLength(120);
      expect(await documents.nearest('none', questions[0]!, 4)).toEqual([]);
    },
  );

  it.skipIf(skip)('says what is wrong with vectors of another length', async () => {
    const [long] = someVectors(1, 9, LENGTH + 4);
    await expect(documents.nearest('many', long!, 4)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(documents.put(documentOf('many', 'long.md', [long!]))).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('dimensions'),
    });
    expect(await documents.list('many')).toHaveLength(3);
    await documents.put(documentOf('fresh', 'a.md', someVectors(1, 9)));
    await documents.put(documentOf('fresh', 'a.md', [long!]));
    expect(await documents.nearest('fresh', long!, 4)).toHaveLength(1);
  });

  it.skipIf(skip)('shows a document wholly or not at all while it is replaced and removed', async () => {
    const [question] = someVectors(1, 10);
    const generations = Array.from({ length: 6 }, (_, generation) =>
      documentOf('race', 'a.md', someVectors(30, 100 + generation)),
    );
    const generationOf = ({ vector }: { readonly vector: Float32Array }): number =>
      generations.findIndex(({ passages }) => passages.some((each) => each.vector[0] === vector[0]));
    await documents.put(documentOf('race', 'b.md', someVectors(30, 11)));
    await documents.put(generations[0]!);
    let done = false;
    let oldest = 0;
    const searches = [0, 1].map(async () => {
      while (!done) {
        // What is in memory is found within one turn of the event loop, in which nothing else would happen.
        await turn();
        const least = oldest;
        const found = await documents.nearest('race', question!, 500);
        const seen = new Set(found.filter(({ document }) => document === 'a.md').map(generationOf));
        expect(found.length).toBe(seen.size === 0 ? 30 : 60);
        expect(seen.size).toBeLessThanOrEqual(1);
        for (const generation of seen) expect(generation).toBeGreaterThanOrEqual(least);
      }
    });
    try {
      for (const [generation, document] of generations.entries()) {
        const { id } = await documents.put(document);
        oldest = generation;
        if (generation !== 3) continue;
        await documents.remove(id);
        const found = await documents.nearest('race', question!, 500);
        expect(found.some(({ document: name }) => name === 'a.md')).toBe(false);
      }
    } finally {
      done = true;
    }
    await Promise.all(searches);
    // Two at once: one of them is there in the end.
    await Promise.all(generations.slice(0, 3).map((document) => documents.put(document)));
    expect(await documents.nearest('race', question!, 500)).toHaveLength(60);
  });
}
