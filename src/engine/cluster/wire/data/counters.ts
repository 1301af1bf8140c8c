/** What a shard's server did so far. */
export interface ShardStats {
  readonly peers: number;
  readonly steps: number;
  readonly attends: number;
  readonly busyMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Peers that were closed for what they sent or asked for. */
  readonly violations: number;
}

const FIELDS = ['peers', 'steps', 'attends', 'busyMs', 'bytesSent', 'bytesReceived', 'violations'] as const;
type Field = (typeof FIELDS)[number];

/** Counted in memory that other threads can read. */
export class Counters {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8 * FIELDS.length)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
  }

  add(field: Field, amount: number): void {
    const at = FIELDS.indexOf(field);
    this.#values[at] = (this.#values[at] ?? 0) + amount;
  }

  read(): ShardStats {
    const of = (field: Field): number => this.#values[FIELDS.indexOf(field)] ?? 0;
    return {
      peers: of('peers'),
      steps: of('steps'),
      attends: of('attends'),
      busyMs: of('busyMs'),
      bytesSent: of('bytesSent'),
      bytesReceived: of('bytesReceived'),
      violations: of('violations'),
    };
  }
}
