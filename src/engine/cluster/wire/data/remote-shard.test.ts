import { afterEach } from 'vitest';
import { attentionShardContract } from '../../../attention/attention-shard.contract.ts';
import { createLocalShard } from '../../../attention/local-shard.ts';
import { kvLayout } from '../../../kv/layout.ts';
import type { AttentionShard, KvShape } from '../../../ports.ts';
import { clientTls, serverTls } from '../testing/certificate.contract.ts';
import type { TlsOptions } from '../tls.ts';
import { connectShard } from './connect-shard.ts';
import { serveShard, type ShardServer } from './serve-shard.ts';

const servers: ShardServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

interface Line {
  readonly secret: string | null;
  readonly tls: readonly [TlsOptions, TlsOptions] | null;
}

function remoteOf({ secret, tls }: Line) {
  return async (kv: KvShape, blocks: number): Promise<AttentionShard> => {
    const id = 'lender/0';
    const local = createLocalShard({ id, kv, maxBytes: blocks * kvLayout(kv).blockBytes });
    const where = { host: '127.0.0.1', secret };
    const leases = { mayUse: () => true };
    const server = await serveShard(local, {
      ...where,
      instance: 'lender',
      port: 0,
      tls: tls?.[0] ?? null,
      leases,
    });
    servers.push(server);
    const { port } = server;
    return connectShard({
      ...where,
      id,
      port,
      tls: tls?.[1] ?? null,
      kv,
      instance: 'runner',
      timeoutMs: 20_000,
    });
  };
}

attentionShardContract('A shard behind a socket', { open: remoteOf({ secret: null, tls: null }) });
attentionShardContract('A shard behind TLS and a secret', {
  open: remoteOf({ secret: 'of both', tls: [serverTls, clientTls] }),
});
