import { readFileSync } from 'node:fs';
import type { TlsOptions } from '../../engine/cluster/wire/index.ts';
import { Failure } from '../failure.ts';
import { messageOf } from '../../core/message-of.ts';

export interface TlsFiles {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** What the processes of a cluster encrypt with; null: they do not. @throws Failure when a file is missing */
export function tlsOptions({ tlsCert, tlsKey, tlsCa }: TlsFiles): TlsOptions | null {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return null;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new Failure('--tls-cert and --tls-key go together: give both.');
  return {
    ...(tlsCert !== undefined && { cert: read('--tls-cert', tlsCert) }),
    ...(tlsKey !== undefined && { key: read('--tls-key', tlsKey) }),
    ...(tlsCa !== undefined && { ca: read('--tls-ca', tlsCa) }),
  };
}

function read(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = messageOf(error);
    throw new Failure(`${option} ${file} can not be read: ${why}`, { cause: error });
  }
}
