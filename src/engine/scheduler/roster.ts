import type { Sequence, SequenceState } from './sequence.ts';

/** The sequences that have not ended, by state and age. */
export class Roster {
  readonly #by: Readonly<Record<Exclude<SequenceState, 'ended'>, Sequence[]>> = {
    waiting: [],
    running: [],
    parked: [],
  };

  get waiting(): readonly Sequence[] {
    return this.#by.waiting;
  }

  get running(): readonly Sequence[] {
    return this.#by.running;
  }

  get parked(): readonly Sequence[] {
    return this.#by.parked;
  }

  add(sequence: Sequence): void {
    this.#insert(sequence, 'waiting');
  }

  find(id: number): Sequence | null {
    return this.all().find((sequence) => sequence.id === id) ?? null;
  }

  all(): Sequence[] {
    return [...this.running, ...this.waiting, ...this.parked];
  }

  move(sequence: Sequence, state: SequenceState): void {
    if (sequence.state !== 'ended') {
      const from = this.#by[sequence.state];
      const at = from.indexOf(sequence);
      if (at >= 0) from.splice(at, 1);
    }
    if (state === 'ended') sequence.state = state;
    else this.#insert(sequence, state);
  }

  #insert(sequence: Sequence, state: Exclude<SequenceState, 'ended'>): void {
    sequence.state = state;
    const to = this.#by[state];
    const at = to.findIndex(({ id }) => id > sequence.id);
    to.splice(at < 0 ? to.length : at, 0, sequence);
  }
}
