import type { EngineReport } from '../../engine/server/index.ts';
import { type FromEngine, REPORT_MS, type ToEngine } from './messages.ts';

/** The line to the process that started this one, and watches it. */
export interface Supervisor {
  /** Aborts when the supervisor wants this engine to end. */
  readonly signal: AbortSignal;
  ready(url: string): void;
  /** Reports from now on. Returns the way to stop. */
  report(take: () => EngineReport): () => void;
  refused(message: string): void;
  /** Lets this process end by itself. */
  close(): void;
}

/** The part of `process` that is used. */
export interface ChildLine {
  readonly connected: boolean;
  send?: ((message: FromEngine) => unknown) | undefined;
  on(event: 'message', listener: (message: ToEngine) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  exit(code: number): void;
  disconnect?: (() => void) | undefined;
}

/** Null when nobody watches this process: it was started by hand. Without its supervisor a supervised engine ends at once. */
export function connectToSupervisor(line: ChildLine): Supervisor | null {
  if (!line.connected) return null;
  const end = new AbortController();
  line.on('message', ({ kind }) => {
    if (kind === 'shutdown') end.abort();
  });
  let closing = false;
  line.on('disconnect', () => {
    if (!closing) line.exit(1);
  });
  const tell = (message: FromEngine): void => void line.send?.(message);
  return {
    signal: end.signal,
    ready: (url) => tell({ kind: 'ready', url }),
    close: () => {
      closing = true;
      if (line.connected) line.disconnect?.();
    },
    refused: (message) => tell({ kind: 'refused', message }),
    report: (take) => {
      const say = (): void => tell({ kind: 'report', report: take() });
      say();
      const timer = setInterval(say, REPORT_MS);
      return () => clearInterval(timer);
    },
  };
}
