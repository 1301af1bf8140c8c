import { resolve } from 'node:path';
import type { Log } from '../../core/ports.ts';
import { DIALECTS } from '../../dialects/index.ts';
import { PROVIDER_KINDS } from '../../upstream/index.ts';
import type { Overrides } from './read.ts';
import type { Environment } from './references.ts';
import { type ConfigSource, openConfig } from './source.ts';

const USUAL_FILE = 'infinite-llm.yaml';

export interface OpenOptions {
  /** As named on the command line; without it, `infinite-llm.yaml` here if there is one. */
  readonly file: string | undefined;
  readonly env: Environment;
  readonly overrides: Overrides;
  readonly log: Log;
  readonly watch: boolean;
  readonly sections?: readonly string[];
}

/**
 * The configuration of this installation.
 * @throws ConfigError
 */
export function openInstalledConfig({ file, ...options }: OpenOptions): ConfigSource {
  const dialects = DIALECTS.map(({ name }) => name);
  return openConfig({
    ...options,
    file: resolve(file ?? USUAL_FILE),
    optional: file === undefined,
    kinds: PROVIDER_KINDS,
    dialects,
  });
}
