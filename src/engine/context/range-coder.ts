import { PROBABILITY_BITS, type ScaleTable } from './scale-tables.ts';

/** Asymmetric numeral systems (Duda, arXiv 1311.2540): a state of 31 bits that gives and takes whole bytes. */
const LOW = 1 << 23;
const MASK = (1 << PROBABILITY_BITS) - 1;

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
  #at = 4;
  #state: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#state = (((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0) & 0x7fffffff;
  }

  take({ frequency, start, symbolAt }: ScaleTable): number {
    const slot = this.#state & MASK;
    const symbol = symbolAt[slot]!;
    this.#advance(Math.imul(frequency[symbol]!, this.#state >>> PROBABILITY_BITS) + slot - start[symbol]!);
    return symbol;
  }

  /**
   * Takes symbols of one table into `out`, from one index to before another, or up to one that is `stop`, which is taken
   * too. What `take` does, for long runs: most of loading a context is spent here.
   * @returns the index after the last
   */
  takeRun(
    { frequency, start, symbolAt }: ScaleTable,
    out: Int32Array,
    from: number,
    to: number,
    stop: number,
  ): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let state = this.#state | 0;
    let i = from;
    while (i < to) {
      const slot = state & MASK;
      const symbol = symbolAt[slot]!;
      state = (Math.imul(frequency[symbol]!, state >>> PROBABILITY_BITS) + slot - start[symbol]!) | 0;
      while (state < LOW && at < bytes.length) state = (state << 8) | bytes[at++]!;
      out[i++] = symbol;
      if (symbol === stop) break;
    }
    this.#at = at;
    this.#state = state;
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
    return this.#at === this.#bytes.length && this.#state === LOW;
  }

  #advance(state: number): void {
    let next = state;
    while (next < LOW && this.#at < this.#bytes.length) next = (next << 8) | this.#bytes[this.#at++]!;
    this.#state = next;
  }
}
