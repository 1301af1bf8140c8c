import type { DocumentInfo, DocumentStore, NewDocument } from '../../core/documents.ts';

/** Documents in memory, which count how often their passages were read. */
export function memoryDocuments(): DocumentStore & { readonly reads: string[] } {
  const all = new Map<string, NewDocument & { readonly info: DocumentInfo }>();
  const reads: string[] = [];
  let made = 0;
  return {
    reads,
    put: async (document) => {
      const { collection, name, characters, passages } = document;
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
      [...all.values()].flatMap(({ info }) =>
        collection === undefined || info.collection === collection ? [info] : [],
      ),
    remove: async (id) => {
      const found = [...all].find(([, { info }]) => info.id === id);
      return found !== undefined && all.delete(found[0]);
    },
    passages: async (collection) => {
      reads.push(collection);
      return [...all.values()].flatMap((document) =>
        document.collection === collection
          ? document.passages.map((passage) => ({ ...passage, document: document.name }))
          : [],
      );
    },
  };
}
