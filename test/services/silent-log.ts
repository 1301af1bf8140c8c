import type { Log } from '../../src/core/ports.ts';

/** Says nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };

/** Keeps what was said, to be looked at. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const note =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level} ${message}`);
    };
  return { lines, info: note('info'), warn: note('warn'), error: note('error') };
}
