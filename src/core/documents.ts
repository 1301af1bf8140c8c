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

export interface NewDocument {
  readonly collection: string;
  readonly name: string;
  readonly characters: number;
  readonly passages: readonly Omit<Passage, 'document'>[];
}

/** Documents in the store. All throw CallError `not_ready` while it cannot be reached. */
export interface DocumentStore {
  /** Takes the place of a document of the same name in the collection, if there is one. */
  put(document: NewDocument): Promise<DocumentInfo>;
  /** By collection and name. */
  list(collection?: string): Promise<readonly DocumentInfo[]>;
  /** False when there is none of that id. */
  remove(id: string): Promise<boolean>;
  /** Of all documents of the collection, in their order. */
  passages(collection: string): Promise<readonly Passage[]>;
}
