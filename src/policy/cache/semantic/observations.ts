import type { Observation } from './boundary.ts';

const MOST_OF_ENTRY = 16;

/** What comparisons said of answers, also of those that are not held, the least recently compared going first. */
export class Observations {
  readonly #most: number;
  readonly #byEntry = new Map<string, readonly Observation[]>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The newest last. */
  of(entry: string): readonly Observation[] {
    return this.#byEntry.get(entry) ?? [];
  }

  add(entry: string, observation: Observation): void {
    const before = this.of(entry);
    this.#byEntry.delete(entry);
    this.#byEntry.set(entry, [...before, observation].slice(-MOST_OF_ENTRY));
    if (this.#byEntry.size <= this.#most) return;
    for (const oldest of this.#byEntry.keys()) {
      this.#byEntry.delete(oldest);
      return;
    }
  }

  delete(entry: string): void {
    this.#byEntry.delete(entry);
  }

  clear(): void {
    this.#byEntry.clear();
  }
}
