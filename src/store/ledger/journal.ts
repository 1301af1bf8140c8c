import { dirname, join } from 'node:path';
import type { Files } from './files.ts';

/** A file of row lines. Once all its rows are in the store it is deleted. */
export interface Segment {
  readonly path: string;
  bytes: number;
  /** Rows written to it that are not in the store yet. */
  unstored: number;
}

/** Rows on disk until the store has them. Losing power may lose the last ones, a killed process loses none. */
export interface Journal {
  /**
   * Writes the line. Once this returns, the line is the system's and no longer the process's.
   * @throws the file system's error; then nothing of the line is left behind
   */
  append(line: string): Segment;
  /** Ends the segment being written, so that the next row begins another. Never fails. */
  seal(): void;
  isOpen(segment: Segment): boolean;
  /** Tells that a row of the segment is in the store; with the last one the segment is discarded. */
  stored(segment: Segment): void;
  discard(segment: Segment): void;
  /** @throws the file system's error when a row could not be written now */
  probe(): void;
  /** The segments that an earlier process left in the directory, oldest first. */
  leftovers(directory: string): Segment[];
  read(segment: Segment): SegmentContent;
  close(): void;
}

export interface SegmentContent {
  readonly lines: string[];
  /** Length of a last line that its writer did not finish, so never reported as kept. */
  readonly tornBytes: number;
}

export interface JournalOptions {
  /** This process's own; another's is read by `leftovers`. */
  readonly directory: string;
  readonly files: Files;
  readonly segmentBytes?: number;
}

const SEGMENT_BYTES = 4 * 1024 * 1024;
const SUFFIX = '.ndjson';
const NEWLINE = 10;
/** A full disk may still have room in a file's last block. */
const PROBE_BYTES = 64 * 1024;

interface OpenSegment extends Segment {
  readonly file: number;
}

export function openJournal({ directory, files, segmentBytes = SEGMENT_BYTES }: JournalOptions): Journal {
  let open: OpenSegment | null = null;
  let lastNumber = 0;

  function begin(): OpenSegment {
    files.makeDirectory(directory);
    lastNumber += 1;
    const path = join(directory, `${String(lastNumber).padStart(8, '0')}${SUFFIX}`);
    return { path, file: files.open(path), bytes: 0, unstored: 0 };
  }

  function seal(): void {
    if (!open) return;
    const sealed = open;
    open = null;
    try {
      files.close(sealed.file);
      if (sealed.unstored === 0) discard(sealed);
    } catch {
      // Its rows are the system's already; a file that stays is read once more at the next start.
    }
  }

  function discard(segment: Segment): void {
    files.remove(segment.path);
    if (segment !== open) files.removeDirectory(dirname(segment.path));
  }

  function write(segment: OpenSegment, bytes: Uint8Array): void {
    try {
      files.append(segment.file, bytes);
    } catch (error) {
      undo(segment);
      throw error;
    }
  }

  return {
    append(line) {
      const bytes = Buffer.from(`${line}\n`);
      if (open && open.bytes > 0 && open.bytes + bytes.length > segmentBytes) seal();
      open ??= begin();
      const segment = open;
      write(segment, bytes);
      segment.bytes += bytes.length;
      segment.unstored += 1;
      return segment;
    },
    seal,
    isOpen: (segment) => segment === open,
    stored(segment) {
      segment.unstored -= 1;
      if (segment.unstored > 0) return;
      if (segment !== open) return discard(segment);
      files.truncate(open.file, 0);
      open.bytes = 0;
    },
    discard,
    probe() {
      open ??= begin();
      write(open, Buffer.alloc(PROBE_BYTES, NEWLINE));
      files.truncate(open.file, open.bytes);
    },
    leftovers: (from) =>
      files
        .list(from)
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => {
          const path = join(from, name);
          const content = files.read(path);
          return { path, bytes: content.length, unstored: countLines(content) };
        }),
    read(segment) {
      const lines = files.read(segment.path).toString('utf8').split('\n');
      const last = lines.pop() ?? '';
      return { lines, tornBytes: Buffer.byteLength(last) };
    },
    close() {
      seal();
      files.removeDirectory(directory);
    },
  };

  /** Takes back what a failed write left, or abandons the segment: the next line must not be glued to half a line. */
  function undo(segment: OpenSegment): void {
    try {
      files.truncate(segment.file, segment.bytes);
    } catch {
      seal();
    }
  }
}

function countLines(content: Uint8Array): number {
  let lines = 0;
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}
