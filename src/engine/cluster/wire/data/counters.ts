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
  /** Memory that blocks take so far; a thread that lends says it now and then. */
  readonly committedBytes: number;
}

const FIELDS = [
  'peers',
  'steps',
  'attends',
  'busyMs',
  'bytesSent',
  'bytesReceived',
  'violations',
  'committedBytes',
] as const;
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

  set(field: Field, value: number): void {
    this.#values[FIELDS.indexOf(field)] = value;
  }

  read(): ShardStats {
    return Object.fromEntries(FIELDS.map((field, at) => [field, this.#values[at] ?? 0])) as Record<
      Field,
      number
    >;
  }
}
