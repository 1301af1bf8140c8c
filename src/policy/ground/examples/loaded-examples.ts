import type { Example } from '../../../core/examples.ts';
import { lengthOf } from './choose-examples.ts';

/** Characters of memory besides the texts: the vector of MiniLM, names. */
const OVERHEAD = 1_000;

export interface LoadedLimits {
  /** All examples together, two bytes a character. */
  readonly mostCharacters: number;
  readonly mostTenants: number;
  /** Monotonic milliseconds after which they are read anew. */
  readonly rereadMs: number;
  readonly ticks: () => number;
}

interface Entry {
  readonly examples: Promise<readonly Example[]>;
  readonly at: number;
  /** Characters; 0 until they are read. */
  size: number;
}

/** The examples of the tenants that asked last, in memory. */
export class LoadedExamples {
  readonly #limits: LoadedLimits;
  readonly #read: (tenant: string) => Promise<readonly Example[]>;
  /** By tenant, the one that was used last at the end. */
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  constructor(read: (tenant: string) => Promise<readonly Example[]>, limits: LoadedLimits) {
    this.#read = read;
    this.#limits = limits;
  }

  /** Read once for all who ask at the same time. */
  of(tenant: string): Promise<readonly Example[]> {
    const known = this.#entries.get(tenant);
    if (known && this.#limits.ticks() - known.at < this.#limits.rereadMs) {
      this.#entries.delete(tenant);
      this.#entries.set(tenant, known);
      return known.examples;
    }
    this.forget(tenant);
    const entry: Entry = { examples: this.#read(tenant), at: this.#limits.ticks(), size: 0 };
    this.#entries.set(tenant, entry);
    this.#makeRoom();
    entry.examples.then(
      (examples) => {
        if (this.#entries.get(tenant) !== entry) return;
        entry.size = examples.reduce((sum, example) => sum + lengthOf(example) + OVERHEAD, 0);
        this.#size += entry.size;
        this.#makeRoom();
      },
      () => {
        if (this.#entries.get(tenant) === entry) this.forget(tenant);
      },
    );
    return entry.examples;
  }

  forget(tenant: string): void {
    this.#size -= this.#entries.get(tenant)?.size ?? 0;
    this.#entries.delete(tenant);
  }

  #makeRoom(): void {
    const { mostCharacters, mostTenants } = this.#limits;
    for (const tenant of this.#entries.keys()) {
      if (this.#size <= mostCharacters && this.#entries.size <= mostTenants) return;
      this.forget(tenant);
    }
  }
}
