import { ESCAPE, LARGEST, PROBABILITY_BITS, type ScaleTable, SYMBOLS } from './scale-tables.ts';

/** Asymmetric numeral systems (Duda, arXiv 1311.2540): a state of 31 bits that gives and takes whole bytes. */
const LOW = 1 << 23;
const MASK = (1 << PROBABILITY_BITS) - 1;

/** Zeros after the bytes, so that bytes may be looked at before it is known whether they are needed. */
const SPARE = 2;

/** Where the numbers of a channel are. */
export interface Run {
  /** NEXT_STATE or NO_TRELLIS. */
  readonly next: Uint8Array;
  /** Each number is expected to be the one before. */
  readonly delta: boolean;
  expected: number;
  /** State of the trellis. */
  trellis: number;
}

/** Takes symbols last first: what is decoded first is put in last. */
export class RangeEncoder {
  #bytes = new Uint8Array(4096);
  #length = 0;
  #state = LOW;

  put({ frequency, start }: ScaleTable, symbol: number): void {
    this.#encode(frequency[symbol]!, start[symbol]!);
  }

  /** Up to 8 bits as they are. */
  putBits(bits: number, count: number): void {
    const each = 1 << (PROBABILITY_BITS - count);
    this.#encode(each, bits * each);
  }

  finish(): Uint8Array {
    for (let shift = 0; shift < 32; shift += 8) this.#push((this.#state >>> shift) & 255);
    return this.#bytes.slice(0, this.#length).reverse();
  }

  #encode(frequency: number, start: number): void {
    const most = (LOW >>> PROBABILITY_BITS) * 256 * frequency;
    let state = this.#state;
    while (state >= most) {
      this.#push(state & 255);
      state >>>= 8;
    }
    const whole = Math.floor(state / frequency);
    this.#state = (whole << PROBABILITY_BITS) + (state - whole * frequency) + start;
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Reads what a RangeEncoder made, in the opposite order. Bytes that it did not make give some symbols, never an error. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  #at = 4;
  #state: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.length + SPARE);
    this.#bytes.set(bytes);
    this.#length = bytes.length;
    this.#state = (((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0) & 0x7fffffff;
  }

  /** @param half 1: of residuals half a step above whole ones */
  take({ frequency, start, symbolAt }: ScaleTable, half: number): number {
    const slot = this.#state & MASK;
    const symbol = symbolAt[(half << PROBABILITY_BITS) | slot]!;
    this.#advance(Math.imul(frequency[symbol]!, this.#state >>> PROBABILITY_BITS) + slot - start[symbol]!);
    return symbol;
  }

  /**
   * Takes the numbers of a channel into `out`, as channel-coder.ts says them, from one index to before another or up to the
   * first that escapes its table, which is left out. What `take` does, for long runs: most of loading a context is spent here.
   * @param run what is known before; afterwards of the last number
   * @returns the index after the last
   */
  takeRun(
    { frequency, start, symbolAt }: ScaleTable,
    run: Run,
    out: Int32Array,
    from: number,
    to: number,
  ): number {
    const bytes = this.#bytes;
    const { next, delta } = run;
    let { expected, trellis } = run;
    let at = this.#at;
    let state = this.#state | 0;
    let i = from;
    while (i < to) {
      const half = (trellis ^ expected) & 1;
      const slot = state & MASK;
      const symbol = symbolAt[(half << PROBABILITY_BITS) | slot]!;
      state = (Math.imul(frequency[symbol]!, state >>> PROBABILITY_BITS) + slot - start[symbol]!) | 0;
      // Below LOW a byte or two are lacking. Without a branch, which nothing could foresee.
      const lacking = (Math.clz32(state) - 1) >> 3;
      const ahead = (bytes[at]! << 8) | bytes[at + 1]!;
      state = (state << (8 * lacking)) | (ahead >>> (16 - 8 * lacking));
      at += lacking;
      if ((symbol & (SYMBOLS - 1)) === ESCAPE) break;
      const number = (expected + 2 * ((symbol & (SYMBOLS - 1)) - LARGEST - 1) + half) | 0;
      out[i++] = number;
      trellis = next[2 * trellis + ((number >> 1) & 1)]!;
      if (delta) expected = number;
    }
    this.#at = at;
    this.#state = state;
    run.expected = expected;
    run.trellis = trellis;
    return i;
  }

  takeBits(count: number): number {
    const shift = PROBABILITY_BITS - count;
    const slot = this.#state & MASK;
    const bits = slot >>> shift;
    this.#advance(((this.#state >>> PROBABILITY_BITS) << shift) + slot - (bits << shift));
    return bits;
  }

  /** True when all bytes were used and the state is where the encoder began: almost surely the bytes were its own. */
  get isAtEnd(): boolean {
    return this.#at === this.#length && this.#state === LOW;
  }

  #advance(state: number): void {
    let next = state;
    while (next < LOW && this.#at < this.#length) next = (next << 8) | this.#bytes[this.#at++]!;
    this.#state = next;
  }
}
