import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { PlaceOptions } from '../commands/options.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import type { Transport } from './api-client.ts';
import { httpTransport } from './http-transport.ts';
import { findServer } from './server-file.ts';

/** Finds the gateway or the store that a command is about. With `create`, a store that is not there is made. */
export type Connect = (place: PlaceOptions & { readonly create?: boolean }) => Promise<Transport>;

const PROBE_MS = 2_000;

/**
 * Reaches the management API: of the gateway named by `--url`, else of the one that runs on this machine over the same
 * data directory, else over its store, opened for the time of the command.
 */
export function connectTo(io: Io): Connect {
  return async ({ url, key, config, data, create = false }) => {
    if (url !== undefined) return httpTransport(checkUrl(url), key ?? null);
    const log = createLog({ write: io.err, format: 'text', now: io.now });
    const quiet = { ...log, info: () => undefined };
    const silent = { ...quiet, warn: () => undefined };
    const options = { file: config, env: io.env, overrides: { dataDir: data }, log: silent, watch: false };
    const { openInstalledConfig } = await import('../config/open.ts');
    // The keys of providers may be in the environment of the gateway and not in that of this command.
    const settings = openInstalledConfig({ ...options, sections: ['store'] }).current();
    const { dataDir } = settings.store;
    const running = findServer(dataDir);
    if (running && (await answers(running.url))) return httpTransport(running.url, running.token);
    if (settings.store.url === dataDir && !create && !existsSync(dataDir))
      throw new Failure(
        `There is no data in ${dataDir} yet. Start the gateway with "infinite-llm serve", or name its directory with --data.`,
      );
    const { openLocally } = await import('./open-locally.ts');
    return await openLocally(settings, quiet, randomBytes(32).toString('base64url'));
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
}

function checkUrl(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new Failure(
    `${JSON.stringify(url)} is no URL of a gateway; write it whole, such as https://llm.example.com.`,
  );
}
