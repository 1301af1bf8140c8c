/** One text that waits, with who waits for it. */
export interface Waiting {
  readonly text: string;
  readonly settle: (vector: Float32Array | Error) => void;
}

/**
 * Requests for embeddings, each of several texts. Texts are taken in turn from all requests, so that one question does
 * not wait for a whole document.
 */
export class EmbedQueue {
  readonly #requests = new Set<Waiting[]>();
  #texts = 0;

  get size(): number {
    return this.#texts;
  }

  /** Returns how to give up what is not taken yet. */
  add(texts: readonly Waiting[]): () => void {
    // Taken from the end.
    const request = texts.toReversed();
    this.#requests.add(request);
    this.#texts += request.length;
    return () => {
      if (this.#requests.delete(request)) this.#texts -= request.length;
    };
  }

  take(most: number): Waiting[] {
    const taken: Waiting[] = [];
    while (taken.length < most && this.#requests.size > 0)
      for (const request of this.#requests) {
        const next = request.pop();
        if (next) {
          taken.push(next);
          this.#texts -= 1;
        }
        if (request.length === 0) this.#requests.delete(request);
        if (taken.length === most) break;
      }
    return taken;
  }
}
