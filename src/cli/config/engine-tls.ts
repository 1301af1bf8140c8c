import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../../core/message-of.ts';
import type { EngineTlsFiles } from '../../core/settings.ts';
import type { ConfigFile } from './file-schema.ts';
import type { Findings } from './findings.ts';

/** Files for the engine's connections, which must be there: an engine that starts later could only say so in its log. */
export function buildEngineTls(
  { tls, listen, join }: ConfigFile['engine'],
  { baseDir, findings }: { readonly baseDir: string; readonly findings: Findings },
): EngineTlsFiles | null {
  const { cert, key, ca } = tls ?? {};
  if (cert === undefined && key === undefined && ca === undefined) return null;
  if ((cert === undefined) !== (key === undefined))
    findings.error(
      ['engine', 'tls', cert === undefined ? 'key' : 'cert'],
      `has no ${cert === undefined ? 'certificate' : 'private key'} beside it`,
      'Give cert and key together.',
    );
  else if (cert === undefined && listen !== undefined)
    findings.error(
      ['engine', 'tls'],
      'has no certificate, but engine.listen is set',
      'Give cert and key for those who connect to this machine.',
    );
  if (listen === undefined && join.length === 0)
    findings.warn(
      ['engine', 'tls'],
      'encrypts nothing: the engine neither listens for others nor joins any',
      'Set engine.listen or engine.join, or leave engine.tls out.',
    );
  const placed = (name: 'cert' | 'key' | 'ca', file: string | undefined): string | null => {
    if (file === undefined) return null;
    const path = resolve(baseDir, file);
    const why = whyUnreadable(path);
    if (why !== null)
      findings.error(
        ['engine', 'tls', name],
        `cannot be read: ${why}`,
        `Give the path of a PEM file; relative paths start at ${baseDir}.`,
      );
    return path;
  };
  return { cert: placed('cert', cert), key: placed('key', key), ca: placed('ca', ca) };
}

function whyUnreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? null : `${path} is no file`;
  } catch (error) {
    return messageOf(error);
  }
}
