import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';

/** The file system as the journal needs it, so that a test can have its disk full. All calls are synchronous. */
export interface Files {
  makeDirectory(path: string): void;
  /** Names in the directory; none when it does not exist. */
  list(path: string): string[];
  /** Opens for appending, creating it where needed. */
  open(path: string): number;
  /** Writes all of it at the end of the file. @throws after any part of it */
  append(file: number, bytes: Uint8Array): void;
  truncate(file: number, length: number): void;
  close(file: number): void;
  read(path: string): Buffer;
  remove(path: string): void;
  /** Does nothing when something is in it. */
  removeDirectory(path: string): void;
}

export const diskFiles: Files = {
  makeDirectory: (path) => void mkdirSync(path, { recursive: true, mode: 0o700 }),
  list: (path) => {
    try {
      return readdirSync(path).sort();
    } catch {
      return [];
    }
  },
  open: (path) => openSync(path, 'a', 0o600),
  append(file, bytes) {
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
  },
  truncate: (file, length) => ftruncateSync(file, length),
  close: (file) => closeSync(file),
  read: (path) => readFileSync(path),
  remove: (path) => rmSync(path, { force: true }),
  removeDirectory: (path) => {
    try {
      rmdirSync(path);
    } catch {
      // Not empty, or gone already.
    }
  },
};
