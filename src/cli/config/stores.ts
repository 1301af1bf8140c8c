import { resolve } from 'node:path';
import { messageOf } from '../../core/message-of.ts';
import type { StoreSettings } from '../../core/settings.ts';
import type { ConfigFile } from './file-schema.ts';
import type { Findings } from './findings.ts';
import { type Environment, resolveReference } from './references.ts';

const DEFAULT_DIRECTORY = './infinite-llm-data';
const POSTGRES = /^postgres(?:ql)?:\/\//;
const REDIS = /^(?:redis|rediss|valkey):\/\//;

export interface StoreContext {
  readonly env: Environment;
  /** Relative paths start here: the directory of the configuration file. */
  readonly baseDir: string;
  /** Given on the command line; wins over the file. */
  readonly dataDir: string | null;
  readonly findings: Findings;
}

export function buildStore(entry: ConfigFile['store'], context: StoreContext): StoreSettings {
  const { bodies, retentionDays } = entry;
  const dataDir =
    context.dataDir === null ? resolve(context.baseDir, DEFAULT_DIRECTORY) : resolve(context.dataDir);
  const redact = compile(entry.redact, context.findings);
  const url = storeUrl(entry, context);
  if (url === null) return { url: dataDir, dataDir, bodies, redact, retentionDays };
  if (POSTGRES.test(url)) return { url, dataDir, bodies, redact, retentionDays };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(url))
    context.findings.error(
      ['store', 'url'],
      'is neither a directory nor postgres://…',
      'Use a path such as ./infinite-llm-data, or a PostgreSQL URL.',
    );
  const directory = resolve(context.baseDir, url);
  return { url: directory, dataDir: directory, bodies, redact, retentionDays };
}

/** The shared Redis, or null. */
export function buildShared(entry: ConfigFile['shared'], { env, findings }: StoreContext): string | null {
  if (!entry) return null;
  const path = ['shared', 'url'];
  const url = resolveReference(entry.url, env);
  if ('missing' in url) {
    findings.error(
      path,
      `the environment variable ${url.missing} is not set`,
      'Set it, or remove "shared" for a single gateway.',
    );
    return null;
  }
  if (!REDIS.test(url.value) || !URL.canParse(url.value))
    findings.error(path, 'is no Redis URL', 'Write it as redis://host:6379.');
  return url.value;
}

function storeUrl(entry: ConfigFile['store'], { env, dataDir, findings }: StoreContext): string | null {
  if (entry.url === undefined) {
    const url = env['DATABASE_URL'];
    return dataDir === null && url && POSTGRES.test(url) ? url : null;
  }
  const url = resolveReference(entry.url, env);
  if ('missing' in url) {
    findings.error(
      ['store', 'url'],
      `the environment variable ${url.missing} is not set`,
      'Set it, or remove the line to use the embedded store.',
    );
    return null;
  }
  return dataDir !== null && !POSTGRES.test(url.value) ? null : url.value;
}

function compile(patterns: readonly string[], findings: Findings): RegExp[] {
  return patterns.flatMap((pattern, index) => {
    try {
      return [new RegExp(pattern, 'g')];
    } catch (error) {
      const why = messageOf(error);
      findings.error(
        ['store', 'redact', index],
        `is no regular expression: ${why}`,
        'Correct it; in YAML, single quotes keep backslashes as they are.',
      );
      return [];
    }
  });
}
