import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { ConfigError, formatProblems } from './problem.ts';
import { type ReadOptions, type ReadResult, readSettings } from './read.ts';
import { needRestart } from './restart.ts';
import { watchFile } from './watch-file.ts';

export const DEFAULT_FILE = 'infinite-llm.yaml';

/** What is known of the configuration's last reading. */
export interface ConfigStatus {
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
  close(): void;
}

export interface SourceOptions extends ReadOptions {
  readonly log: Log;
  /** Follow changes of the file by itself. */
  readonly watch: boolean;
  readonly now?: () => number;
}

/** The file to read: the one named, else `infinite-llm.yaml` here if there is one, else none. */
export function findConfigFile(named: string | undefined): string | null {
  if (named !== undefined) return resolve(named);
  const usual = resolve(DEFAULT_FILE);
  return existsSync(usual) ? usual : null;
}

/** @throws ConfigError when the file can not be read or holds errors */
export function openConfig(options: SourceOptions): ConfigSource {
  const { file, log, now = Date.now } = options;
  const listeners = new Set<(settings: Settings) => void>();
  let text = readText(file);
  let { settings } = readLoudly(text, options);
  let status: ConfigStatus = { file, error: null, loadedAt: new Date(now()).toISOString() };

  const reload = (): void => {
    try {
      text = readText(file);
      const previous = settings;
      ({ settings } = readLoudly(text, options));
      status = { file, error: null, loadedAt: new Date(now()).toISOString() };
      for (const name of needRestart(previous, settings))
        log.warn(`${name} changed in the configuration; it takes effect at the next start`);
      log.info('The configuration was read again', { file });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      status = { ...status, error: error.message };
      log.error(`The configuration was not taken, the one before stays in force:\n${error.message}`);
      return;
    }
    for (const listener of listeners) listener(settings);
  };
  const changed = (): void => {
    if (readQuietly(file) !== text) reload();
  };
  const watcher = file !== null && options.watch ? watchFile(file, changed, log) : null;

  return {
    current: () => settings,
    status: () => status,
    reload,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => watcher?.close(),
  };
}

function readLoudly(text: string, options: SourceOptions): ReadResult {
  const result = readSettings(text, options);
  if (result.warnings.length > 0)
    options.log.warn(formatProblems(options.file ?? 'the environment', result.warnings));
  return result;
}

function readText(file: string | null): string {
  if (file === null) return '';
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const remedy = `Give the right path with --config, or leave it out to do without a file.`;
    const place = { severity: 'error', line: null, column: null, path: '' } as const;
    throw new ConfigError(file, [{ ...place, message: `can not be read: ${why}`, remedy }]);
  }
}

function readQuietly(file: string | null): string | null {
  try {
    return readText(file);
  } catch {
    return null;
  }
}
