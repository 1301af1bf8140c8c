import type { DocumentInfo, DocumentStore, Passage } from '../../core/documents.ts';
import { CallError } from '../../core/errors.ts';
import type { Bus, Embedder } from '../../core/ports.ts';
import { cutPassages } from './cut-passages.ts';
import { dot } from '../../text/embed/similarity.ts';

/** A passage with its cosine similarity to what was asked. */
export interface Found extends Passage {
  readonly score: number;
}

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
  close(): void;
}

export interface LibraryDeps {
  readonly store: DocumentStore;
  readonly embedder: Embedder;
  readonly bus: Bus;
}

const TOPIC = 'documents';
/** 1.5 KB of memory each in every gateway, and all are looked at by each search (2 ms for 10,000). */
const MOST_PASSAGES = 50_000;
const MOST_COLLECTIONS = 16;

export function createLibrary({ store, embedder, bus }: LibraryDeps): Library {
  const loaded = new Map<string, Promise<readonly Passage[]>>();
  const unsubscribe = bus.subscribe(TOPIC, (collection) => loaded.delete(collection));
  const changed = (collection: string): void => {
    loaded.delete(collection);
    bus.publish(TOPIC, collection);
  };

  function passagesOf(collection: string): Promise<readonly Passage[]> {
    const known = loaded.get(collection);
    loaded.delete(collection);
    const passages = known ?? store.passages(collection);
    // The one that was used last stands last.
    loaded.set(collection, passages);
    passages.catch(() => {
      if (loaded.get(collection) === passages) loaded.delete(collection);
    });
    const [oldest] = loaded.keys();
    if (loaded.size > MOST_COLLECTIONS && oldest !== undefined) loaded.delete(oldest);
    return passages;
  }

  return {
    add: async ({ collection, name, text }) => {
      const cut = cutPassages(text);
      if (cut.length === 0)
        throw new CallError('invalid_request', `${name} holds no text.`, { param: 'body.text' });
      const others = (await store.list(collection)).filter((each) => each.name !== name);
      const held = others.reduce((sum, { passages }) => sum + passages, 0);
      if (held + cut.length > MOST_PASSAGES)
        throw new CallError(
          'invalid_request',
          `${name} has ${cut.length} passages and ${collection} ${held}; a collection holds ${MOST_PASSAGES}. Use another collection.`,
          { param: 'body.text' },
        );
      const vectors = await embedder.embed(cut);
      const passages = cut.map((passage, order) => ({
        order,
        text: passage,
        vector: vectors[order] ?? new Float32Array(embedder.dimensions),
      }));
      const info = await store.put({ collection, name, characters: text.length, passages });
      changed(collection);
      return info;
    },
    list: (collection) => store.list(collection),
    remove: async (id) => {
      const info = (await store.list()).find((each) => each.id === id);
      const removed = await store.remove(id);
      if (info) changed(info.collection);
      return removed;
    },
    search: async (collection, question, most, signal) => {
      const [passages, [vector]] = await Promise.all([
        passagesOf(collection),
        embedder.embed([question], signal),
      ]);
      if (!vector) return [];
      return passages
        .map((passage) => ({ ...passage, score: dot(passage.vector, vector) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, most);
    },
    close: unsubscribe,
  };
}
