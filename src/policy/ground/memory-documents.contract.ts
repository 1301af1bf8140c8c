import type { DocumentInfo, DocumentStore, NewDocument, Passage } from '../../core/documents.ts';
import { CallError } from '../../core/errors.ts';
import { dot } from '../../core/similarity.ts';

/** Documents in memory. */
export function memoryDocuments(): DocumentStore {
  const all = new Map<string, NewDocument & { readonly info: DocumentInfo }>();
  let made = 0;
  const passagesOf = (collection: string): Passage[] =>
    [...all.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((document) =>
        document.collection === collection
          ? document.passages.map((passage) => ({ ...passage, document: document.name }))
          : [],
      );
  const check = (passages: readonly { vector: Float32Array }[], length: number): void => {
    if (passages.some(({ vector }) => vector.length !== length))
      throw new CallError('invalid_request', `these have no ${length} dimensions`);
  };
  return {
    put: async (document) => {
      const { collection, name, characters, passages } = document;
      const others = passagesOf(collection).filter((each) => each.document !== name);
      if (passages[0]) check(others, passages[0].vector.length);
      const info = {
        id: `id-${++made}`,
        collection,
        name,
        characters,
        passages: passages.length,
        addedAt: '2026-11-24T12:00:00.000Z',
      };
      all.set(`${collection}/${name}`, { ...document, info });
      return info;
    },
    list: async (collection) =>
      [...all.values()]
        .flatMap(({ info }) => (collection === undefined || info.collection === collection ? [info] : []))
        .sort((a, b) => (`${a.collection}/${a.name}` < `${b.collection}/${b.name}` ? -1 : 1)),
    remove: async (id) => {
      const found = [...all].find(([, { info }]) => info.id === id);
      return found !== undefined && all.delete(found[0]);
    },
    passages: async (collection) => passagesOf(collection),
    nearest: async (collection, vector, most) => {
      const passages = passagesOf(collection);
      check(passages, vector.length);
      return passages
        .map((passage) => ({ ...passage, score: dot(passage.vector, vector) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, most);
    },
    searching: async (collection) => ({
      how: 'exact',
      why: 'they are in memory',
      passages: passagesOf(collection).length,
      mostPassages: 50_000,
    }),
  };
}
