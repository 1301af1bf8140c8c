import { createHash } from 'node:crypto';

/**
 * Remembers results by what they were computed from, as many as fit. Turns of a conversation repeat those before them. The
 * whole input is in the key: a result is only ever given to who shows the same texts.
 */
export class Memo<T> {
  readonly #most: number;
  readonly #known = new Map<string, { readonly value: T; readonly weight: number }>();
  #weight = 0;

  /** @param most sum of the weights that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | null {
    const found = this.#known.get(key);
    if (!found) return null;
    this.#known.delete(key);
    this.#known.set(key, found);
    return found.value;
  }

  put(key: string, value: T, weight: number): void {
    this.#remove(key);
    this.#known.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#known.keys()) {
      if (this.#weight <= this.#most) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#weight -= this.#known.get(key)?.weight ?? 0;
    this.#known.delete(key);
  }
}

export function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
