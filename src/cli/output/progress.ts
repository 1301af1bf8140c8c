import type { Io } from '../io.ts';

export interface Progress {
  readonly file: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

const REFRESH_MS = 200;
/** Lines for the whole, where nobody watches them. */
const SPARSE_LINES = 10;
const ERASE_LINE = '\r\u001b[K';

/** How far downloads are: one line that changes where people watch, a line for each tenth elsewhere. */
export function progressLine({ err, interactive, now }: Pick<Io, 'err' | 'interactive' | 'now'>) {
  let file = '';
  let shownAt = 0;
  let shownShare = 0;
  let startedAt = 0;
  let startedBytes = 0;
  let open = false;
  const endLine = (): void => {
    if (open) err('\n');
    open = false;
  };
  return {
    show: (progress: Progress): void => {
      const share = progress.totalBytes === 0 ? 1 : progress.bytes / progress.totalBytes;
      const fresh = progress.file !== file || share < shownShare;
      if (fresh) {
        endLine();
        ({ file } = progress);
        startedAt = now();
        startedBytes = progress.bytes;
      }
      const due = interactive
        ? now() - shownAt >= REFRESH_MS
        : Math.floor(share * SPARSE_LINES) > Math.floor(shownShare * SPARSE_LINES);
      if (!fresh && !due && share < 1) return;
      shownAt = now();
      shownShare = share;
      const seconds = (now() - startedAt) / 1000;
      const speed = seconds > 0 ? (progress.bytes - startedBytes) / seconds : 0;
      const text = `${file}: ${Math.floor(share * 100)} % of ${megabytes(progress.totalBytes)}${speed > 0 ? `, ${megabytes(speed)}/s` : ''}`;
      err(interactive ? `${ERASE_LINE}${text}` : `${text}\n`);
      open = interactive;
    },
    note: (text: string): void => {
      endLine();
      err(`${text}\n`);
    },
    end: endLine,
  };
}

/** `98.4 MB`. */
export function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
