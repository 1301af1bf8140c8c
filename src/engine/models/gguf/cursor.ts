import { DOWNLOAD_AGAIN, ModelFileError } from '../errors.ts';
import type { ModelFile } from '../model-file.ts';

const WINDOW_BYTES = 1 << 18;
/** Vocabularies and merges make tens of megabytes. The bound keeps what a damaged header makes us allocate in bounds too. */
const LARGEST_HEADER_BYTES = 1 << 28;

/** Reads a GGUF header from front to back, a window of the file at a time. */
export class Cursor {
  readonly #file: ModelFile;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #window: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  #position = 0;

  constructor(file: ModelFile) {
    this.#file = file;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return Math.min(this.#file.size, LARGEST_HEADER_BYTES) - this.#position;
  }

  u8(): number {
    return this.#view(1).getUint8(this.#advance(1));
  }
  i8(): number {
    return this.#view(1).getInt8(this.#advance(1));
  }
  u16(): number {
    return this.#view(2).getUint16(this.#advance(2), true);
  }
  i16(): number {
    return this.#view(2).getInt16(this.#advance(2), true);
  }
  u32(): number {
    return this.#view(4).getUint32(this.#advance(4), true);
  }
  i32(): number {
    return this.#view(4).getInt32(this.#advance(4), true);
  }
  f32(): number {
    return this.#view(4).getFloat32(this.#advance(4), true);
  }
  f64(): number {
    return this.#view(8).getFloat64(this.#advance(8), true);
  }
  /** Rounded beyond 2^53, which no count or offset that can be right is. */
  u64(): number {
    return Number(this.#view(8).getBigUint64(this.#advance(8), true));
  }
  i64(): number {
    return Number(this.#view(8).getBigInt64(this.#advance(8), true));
  }

  text(length: number): string {
    if (length > WINDOW_BYTES && length <= this.remaining) {
      const bytes = this.#file.read(this.#position, length);
      this.#position += length;
      return this.#decoder.decode(bytes);
    }
    const view = this.#view(length);
    return this.#decoder.decode(new Uint8Array(view.buffer, view.byteOffset + this.#advance(length), length));
  }

  /** Moves on, and says where in the window that was. */
  #advance(count: number): number {
    const at = this.#position - this.#windowStart;
    this.#position += count;
    return at;
  }

  #view(count: number): DataView {
    if (this.#position + count <= this.#windowStart + this.#window.byteLength) return this.#window;
    if (count > this.remaining) {
      throw new ModelFileError(
        this.#file.path,
        `the header goes on past byte ${this.#position + this.remaining}`,
        DOWNLOAD_AGAIN,
      );
    }
    const bytes = this.#file.read(this.#position, Math.min(WINDOW_BYTES, this.remaining));
    this.#window = new DataView(bytes.buffer);
    this.#windowStart = this.#position;
    return this.#window;
  }
}
