import type { Log } from '../../core/ports.ts';

export interface RecordingLog extends Log {
  readonly lines: string[];
}

/** A log that keeps its lines as `level message`. */
export function recordingLog(): RecordingLog {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
