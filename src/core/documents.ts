/** A text that answers may be grounded on, as it is listed. */
export interface DocumentInfo {
  /** UUIDv7. */
  readonly id: string;
  readonly collection: string;
  /** Unique in its collection; shown to the model and to clients. */
  readonly name: string;
  readonly characters: number;
  readonly passages: number;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
}

/** A piece of a document that is found and quoted as one. */
export interface Passage {
  /** The document's name. */
  readonly document: string;
  /** Position in its document, from 0. */
  readonly order: number;
  readonly text: string;
  /** Embedding of the text, of unit length. */
  readonly vector: Float32Array;
}

/** A passage with its cosine similarity to what was asked. */
export interface Found extends Passage {
  readonly score: number;
}

/** How a collection is searched, and how much it may hold. */
export interface Searching {
  /** `exact` compares all passages; `index` asks an index in the database, which misses one now and then. */
  readonly how: 'exact' | 'index';
  /** Why so, and what would change it. */
  readonly why: string;
  readonly passages: number;
  readonly mostPassages: number;
}

export interface NewDocument {
  readonly collection: string;
  readonly name: string;
  readonly characters: number;
  readonly passages: readonly Omit<Passage, 'document'>[];
}

/** Documents in the store. All throw CallError `not_ready` while it cannot be reached. */
export interface DocumentStore {
  /**
   * Takes the place of a document of the same name in the collection, if there is one.
   * @throws CallError `invalid_request` when its vectors are not as long as the collection's
   */
  put(document: NewDocument): Promise<DocumentInfo>;
  /** By collection and name. */
  list(collection?: string): Promise<readonly DocumentInfo[]>;
  /** False when there is none of that id. */
  remove(id: string): Promise<boolean>;
  /** Of all documents of the collection, in their order. */
  passages(collection: string): Promise<readonly Passage[]>;
  /**
   * Those of the collection that are nearest to the vector, which is of unit length; the best first.
   * @throws CallError `invalid_request` when the collection's vectors are of another length
   */
  nearest(collection: string, vector: Float32Array, most: number): Promise<readonly Found[]>;
  /** How the collection is searched, or would be if it held that many passages. */
  searching(collection: string, passages?: number): Promise<Searching>;
}
