import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf } from '../../core/message-of.ts';
import { DOWNLOAD_AGAIN, ModelFileError } from './errors.ts';

/** readSync takes lengths below 2^31 only. */
const MOST_BYTES_A_READ = 1 << 30;

/** A file read by offset. @throws ModelFileError for reads outside it, and after `close` */
export class ModelFile {
  readonly path: string;
  readonly size: number;
  #descriptor: number | null;

  constructor(path: string) {
    this.path = path;
    const descriptor = opened(path);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) {
      closeSync(descriptor);
      throw new ModelFileError(
        path,
        'this is not a file',
        'Give the path of a .gguf file or of a model folder',
      );
    }
    this.#descriptor = descriptor;
    this.size = stat.size;
  }

  read(offset: number, length: number): Uint8Array {
    if (this.#descriptor === null) {
      throw new ModelFileError(this.path, 'it was read after the model was closed', 'Open the model again');
    }
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw new ModelFileError(
        this.path,
        `bytes ${offset} to ${offset + length} are needed and the file has ${this.size}`,
        DOWNLOAD_AGAIN,
      );
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = Math.min(length - done, MOST_BYTES_A_READ);
      const got = this.#readInto(bytes, done, count, offset + done);
      if (got === 0)
        throw new ModelFileError(this.path, 'it became shorter while it was read', DOWNLOAD_AGAIN);
      done += got;
    }
    return bytes;
  }

  close(): void {
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #readInto(bytes: Uint8Array, at: number, count: number, offset: number): number {
    try {
      return readSync(this.#descriptor ?? -1, bytes, at, count, offset);
    } catch (cause) {
      throw new ModelFileError(this.path, `it cannot be read (${messageOf(cause)})`, 'Check the disk', {
        cause,
      });
    }
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new ModelFileError(
      path,
      `it cannot be opened (${messageOf(cause)})`,
      'Check the path and its permissions',
      {
        cause,
      },
    );
  }
}
