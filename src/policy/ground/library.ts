import type { DocumentInfo, DocumentStore, Found, Searching } from '../../core/documents.ts';
import { CallError } from '../../core/errors.ts';
import type { Embedder } from '../../core/ports.ts';
import { cutPassages } from './cut-passages.ts';

export type { Found } from '../../core/documents.ts';

/** Documents, and the passages in them that are nearest to a question. */
export interface Library {
  /** @throws CallError `invalid_request`, or `not_ready` without store or embedding model */
  add(document: {
    readonly collection: string;
    readonly name: string;
    readonly text: string;
  }): Promise<DocumentInfo>;
  list(collection?: string): Promise<readonly DocumentInfo[]>;
  remove(id: string): Promise<boolean>;
  /** The best first. @throws CallError `not_ready` */
  search(collection: string, question: string, most: number, signal?: AbortSignal): Promise<readonly Found[]>;
  /** How the collection is searched, and why so. */
  searching(collection: string): Promise<Searching>;
}

export interface LibraryDeps {
  readonly store: DocumentStore;
  readonly embedder: Embedder;
}

export function createLibrary({ store, embedder }: LibraryDeps): Library {
  return {
    add: async ({ collection, name, text }) => {
      const cut = cutPassages(text);
      if (cut.length === 0)
        throw new CallError('invalid_request', `${name} holds no text.`, { param: 'body.text' });
      const others = (await store.list(collection)).filter((each) => each.name !== name);
      const held = others.reduce((sum, { passages }) => sum + passages, 0);
      const { mostPassages, why } = await store.searching(collection, held + cut.length);
      if (held + cut.length > mostPassages)
        throw new CallError(
          'invalid_request',
          `${name} has ${cut.length} passages and ${collection} ${held}; a collection holds ${mostPassages} (${why}). Use another collection.`,
          { param: 'body.text' },
        );
      const vectors = await embedder.embed(cut);
      const passages = cut.map((passage, order) => ({
        order,
        text: passage,
        vector: vectors[order] ?? new Float32Array(embedder.dimensions),
      }));
      return await store.put({ collection, name, characters: text.length, passages });
    },
    list: (collection) => store.list(collection),
    remove: (id) => store.remove(id),
    search: async (collection, question, most, signal) => {
      const [vector] = await embedder.embed([question], signal);
      return vector ? await store.nearest(collection, vector, most) : [];
    },
    searching: (collection) => store.searching(collection),
  };
}
