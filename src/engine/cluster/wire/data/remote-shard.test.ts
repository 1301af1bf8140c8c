import { expect, it } from 'vitest';
import { attentionShardContract } from '../../../attention/attention-shard.contract.ts';
import { createLocalShard } from '../../../attention/local-shard.ts';
import { kvLayout } from '../../../kv/layout.ts';
import { clientTls, serverTls } from '../testing/certificate.contract.ts';
import { cleanUpAfterEach, join, localShard, runSteps, serve } from '../testing/shard-rig.contract.ts';

cleanUpAfterEach();

attentionShardContract('A shard behind TLS and a secret', {
  async open(kv, blocks) {
    const local = createLocalShard({ id: 'lender/0', kv, maxBytes: blocks * kvLayout(kv).blockBytes });
    const { port } = await serve(local, { tls: serverTls });
    return join(port, { tls: clientTls, kv });
  },
});

it.each([
  [null, null, null],
  ['a secret', null, null],
  [null, serverTls, clientTls],
])('answers as the shard itself, to the last bit (secret %s, TLS %o)', async (secret, tls, clientsTls) => {
  const server = await serve(localShard(), { secret, tls });
  const remote = await join(server.port, { secret, tls: clientsTls });
  const direct = localShard();
  const sequence = { blocks: Int32Array.of(7, 0, 11, 2), seed: 1, length: 0 };
  const counts = [1, 63, 1, 1, 100, 5];
  expect(await runSteps(remote, sequence, counts)).toEqual(await runSteps(direct, sequence, counts));
  for (const block of sequence.blocks)
    expect(Buffer.from(await remote.readBlock(block))).toEqual(Buffer.from(await direct.readBlock(block)));
  expect(server.stats()).toMatchObject({ peers: 1, steps: 6, attends: 10, violations: 0 });
  expect(remote.bytesSent).toBeGreaterThan(server.stats().bytesReceived);
  expect(remote.bytesReceived).toBeGreaterThan(server.stats().bytesSent);
});

it('is known by another name where it was lost before', async () => {
  const { port } = await serve();
  const again = await join(port, { id: 'lender/0#2', remoteId: 'lender/0' });
  expect(again.id).toBe('lender/0#2');
  await expect(join(port, { id: 'lender/1' })).rejects.toThrow(/here is shard lender\/0, not lender\/1/);
});
