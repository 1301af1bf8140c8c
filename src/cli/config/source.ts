import { existsSync, readFileSync } from 'node:fs';
import { messageOf } from '../../core/message-of.ts';
import type { Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { ConfigError, formatProblems } from './problem.ts';
import { type ReadOptions, readSettings } from './read.ts';
import { needRestart } from './restart.ts';
import { watchFile } from './watch-file.ts';

/** What is known of the configuration's last reading. */
export interface ConfigStatus {
  /** Null while there is no file. */
  readonly file: string | null;
  /** Why the file as it is now was not taken; null when it was. */
  readonly error: string | null;
  /** ISO 8601, UTC: when the settings in force were read. */
  readonly loadedAt: string;
}

/** The settings in force. They change when the file does and is good. */
export interface ConfigSource {
  current(): Settings;
  status(): ConfigStatus;
  /** Reads the file again. A bad one leaves the settings as they are. */
  reload(): void;
  /** Calls the listener after each change. Returns the way to stop. */
  subscribe(listener: (settings: Settings) => void): () => void;
  /** Calls the listener after each reading, good or bad. Returns the way to stop. */
  onRead(listener: () => void): () => void;
  close(): void;
}

export interface SourceOptions extends Omit<ReadOptions, 'file'> {
  readonly file: string;
  /** The file need not be there yet. */
  readonly optional: boolean;
  readonly log: Log;
  /** Follow changes of the file by itself. */
  readonly watch: boolean;
  readonly now?: () => number;
}

/** @throws ConfigError when the file can not be read or holds errors */
export function openConfig(options: SourceOptions): ConfigSource {
  const { file, log, optional, now = Date.now } = options;
  const listeners = new Set<(settings: Settings) => void>();
  const readers = new Set<() => void>();

  const read = (text: string | null): Settings => {
    const { settings, warnings } = readSettings(text ?? '', {
      ...options,
      file: text === null ? null : file,
    });
    if (warnings.length > 0) log.warn(formatProblems(file, warnings));
    return settings;
  };
  const statusNow = (): ConfigStatus => ({
    file: text === null ? null : file,
    error: null,
    loadedAt: new Date(now()).toISOString(),
  });

  let text = optional && !existsSync(file) ? null : readText(file);
  let seen = text;
  let settings = read(text);
  let status = statusNow();

  const reload = (): void => {
    const good = readAgain();
    if (good) for (const listener of listeners) listener(settings);
    for (const reader of readers) reader();
  };
  const readAgain = (): boolean => {
    try {
      text = text === null && !existsSync(file) ? null : readText(file);
      const previous = settings;
      settings = read(text);
      status = statusNow();
      for (const name of needRestart(previous, settings))
        log.warn(`${name} changed in the configuration; it takes effect at the next start`);
      log.info('The configuration was read again', { file: status.file });
      return true;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      status = { ...status, error: error.message };
      log.error(`The configuration was not taken, the one before stays in force:\n${error.message}`);
      return false;
    }
  };
  const watcher = options.watch
    ? watchFile(
        file,
        () => {
          const found = readQuietly(file);
          if (found === seen) return;
          seen = found;
          reload();
        },
        log,
      )
    : null;

  return {
    current: () => settings,
    status: () => status,
    reload,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onRead: (listener) => {
      readers.add(listener);
      return () => void readers.delete(listener);
    },
    close: () => watcher?.close(),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = messageOf(error);
    const remedy = 'Give the right path with --config, or leave it out to do without a file.';
    const place = { severity: 'error', line: null, column: null, path: '' } as const;
    throw new ConfigError(file, [{ ...place, message: `can not be read: ${why}`, remedy }]);
  }
}

function readQuietly(file: string): string | null {
  try {
    return readText(file);
  } catch {
    return null;
  }
}
