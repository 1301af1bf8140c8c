import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { removeServerFile, writeServerFile } from '../client/server-file.ts';
import { openInstalledConfig } from '../config/open.ts';
import type { ConfigSource } from '../config/source.ts';
import { type LocalEngines, startLocalEngines } from '../engine/local-engines.ts';
import type { Io } from '../io.ts';
import { painter } from '../output/style.ts';
import { packageVersion } from '../version.ts';
import { banner } from './banner.ts';
import { checkExposure } from './exposure.ts';
import type { Store } from '../../store/index.ts';

/** The options of `serve`, as on the command line. */
export interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
  readonly workers: number;
}

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

export const ADMIN_KEY_VARIABLE = 'INFINITE_LLM_ADMIN_KEY';

/** @throws ConfigError */
export function openServeConfig(options: ServeOptions, io: Io, log: Log, watch: boolean): ConfigSource {
  const { config, host, port, data } = options;
  return openInstalledConfig({
    file: config,
    env: io.env,
    overrides: { host, port, dataDir: data },
    log,
    watch,
  });
}

/** A token for the command line of this machine, made anew at each start. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** @throws Failure when others could reach the gateway without a key */
export function checkServed(
  config: ConfigSource,
  store: Pick<Store, 'keyRing'>,
  io: Io,
  options: ServeOptions,
): void {
  const admin = Boolean(io.env[ADMIN_KEY_VARIABLE]) || store.keyRing.adminRequired;
  const place = [
    ...(options.config === undefined ? [] : ['--config', options.config]),
    ...(options.data === undefined ? [] : ['--data', options.data]),
  ];
  const words = place.map((word) => ` ${word}`).join('');
  checkExposure(config.current().listen, { calls: store.keyRing.required, admin }, words);
}

/** The engines of this machine, started; null when there is no model. @throws Failure when one that is wanted is not there */
export async function openEngines(settings: Settings, io: Io, log: Log): Promise<LocalEngines | null> {
  return await startLocalEngines({ settings, env: io.env, log, program: [PROGRAM] });
}

/** Reads the configuration again on SIGHUP. Returns the way to stop. */
export function reloadOnHangup(config: ConfigSource): () => void {
  const reload = (): void => config.reload();
  process.on('SIGHUP', reload);
  return () => void process.off('SIGHUP', reload);
}

/** Tells people and the command line where the gateway is. Returns the way to take that back. */
export function announce(
  {
    url,
    token,
    config,
    workers,
  }: { url: string; token: string; config: Pick<ConfigSource, 'current' | 'status'>; workers: number },
  io: Io,
): () => void {
  const settings = config.current();
  const { dataDir } = settings.store;
  writeServerFile(dataDir, { url, token, pid: process.pid });
  const facts = { version: packageVersion(), url, settings, configFile: config.status().file, workers };
  io.out(banner(facts, painter(io.color)));
  return () => removeServerFile(dataDir, process.pid);
}
