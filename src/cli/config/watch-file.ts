import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../../core/ports.ts';

const PAUSE_MS = 100;

/**
 * Calls back shortly after a file may have changed, once for a burst of changes. Watches the directory, since editors and
 * Kubernetes replace the file instead of writing to it; the listener compares contents.
 */
export function watchFile(file: string, listener: () => void, log: Log): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const unwatchable = (error: unknown): void => {
    log.warn('The configuration file can not be watched; send SIGHUP after changing it', {
      error: String(error),
    });
  };
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      listener();
    }, PAUSE_MS);
  };
  try {
    const watcher = watch(dirname(file), { persistent: false }, soon);
    watcher.on('error', unwatchable);
    return {
      close: () => {
        clearTimeout(timer);
        watcher.close();
      },
    };
  } catch (error) {
    unwatchable(error);
    return { close: () => clearTimeout(timer) };
  }
}
