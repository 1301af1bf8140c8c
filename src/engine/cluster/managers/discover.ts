import { randomUUID } from 'node:crypto';
import type { KvShape } from '../../ports.ts';
import { connect, CONTROL_TYPES, decodeJson, type TlsOptions } from '../wire/index.ts';
import { checkIntro } from './codec.ts';
import type { ControlAddress } from './messages.ts';

export interface Discovered {
  /** Null: the one asked does not know yet either. */
  readonly kv: KvShape | null;
  readonly model: string | null;
}

/**
 * What a lender must know before it can take part: asks a member of the cluster.
 * @throws WireError when it does not answer
 */
export async function discover(options: {
  readonly address: ControlAddress;
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly timeoutMs?: number;
}): Promise<Discovered> {
  const { address, secret, tls, timeoutMs = 5_000 } = options;
  const hello = { role: 'control', instance: `visitor-${randomUUID()}`, shard: null, kv: null } as const;
  const peer = await connect({ ...address, secret, tls, hello, timeoutMs });
  return new Promise((resolve, reject) => {
    peer.onClose(reject);
    peer.onFrame((type, payload) => {
      if (type !== CONTROL_TYPES) return;
      const { model } = decodeJson(payload, checkIntro);
      resolve({ kv: peer.hello.kv, model });
      peer.close();
    });
  });
}
