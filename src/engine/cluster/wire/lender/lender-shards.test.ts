import { afterEach, describe, expect, it } from 'vitest';
import { kvLayout } from '../../../kv/layout.ts';
import { ShardLostError } from '../../../ports.ts';
import { connectShard } from '../data/connect-shard.ts';
import type { RemoteShard } from '../data/remote-shard.ts';
import { KV, localShard, runSteps, type Sequence } from '../testing/shard-rig.contract.ts';
import {
  type LenderShard,
  type LenderShards,
  type LenderShardsOptions,
  startLenderShards,
} from './lender-shards.ts';

const { blockBytes } = kvLayout(KV);
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: Partial<LenderShardsOptions> = {}): Promise<LenderShards> {
  const lender = await startLenderShards({
    instance: 'lender',
    kv: KV,
    kvBytes: 5.5 * blockBytes,
    host: '127.0.0.1',
    secret: 's',
    tls: null,
    threads: 2,
    ...options,
  });
  cleanups.push(() => lender.close());
  return lender;
}

async function join({ address }: LenderShard, instance = 'runner'): Promise<RemoteShard> {
  const where = { secret: 's', tls: null, kv: KV, instance, timeoutMs: 20_000 };
  const shard = await connectShard({ ...address, ...where });
  cleanups.push(() => shard.close());
  return shard;
}

const sequence: Sequence = { blocks: Int32Array.of(1, 0), seed: 3, length: 0 };

describe('the threads of a lender', () => {
  it('share out the budget, and lend what is leased as soon as it is', async () => {
    const { shards } = await start();
    expect(shards.map(({ address: { id }, blocks }) => [id, blocks])).toEqual([
      ['lender/0', 3],
      ['lender/1', 2],
    ]);
    const want = await runSteps(localShard(), sequence, [70, 1]);
    for (const shard of shards) {
      const remote = await join(shard);
      expect(remote.blocks).toBe(shard.blocks);
      shard.lease([0, 1], 'runner');
      expect(await runSteps(remote, sequence, [70, 1])).toEqual(want);
      const { capacityBytes, steps, attends, violations, busyMs } = shard.stats();
      expect({ capacityBytes, steps, attends, violations }).toEqual({
        capacityBytes: shard.blocks * blockBytes,
        steps: 2,
        attends: 2,
        violations: 0,
      });
      expect(busyMs).toBeGreaterThan(0);
      shard.unlease([1]);
      expect((await remote.readBlock(0)).length).toBe(blockBytes);
      await expect(remote.readBlock(1)).rejects.toThrow(/not leased to runner/);
      await expect((await join(shard, 'other')).readBlock(0)).rejects.toThrow(/not leased to other/);
    }
  });

  it('are lost to their peers when they stop', async () => {
    const lender = await start({ threads: 1 });
    const [shard] = lender.shards;
    if (!shard) throw new Error('no shard');
    const exits: string[] = [];
    shard.onExit((why) => exits.push(why));
    const remote = await join(shard);
    const lost = new Promise<ShardLostError>((resolve) => remote.onLost(resolve));
    await lender.close();
    expect(await lost).toBeInstanceOf(ShardLostError);
    expect(exits).toEqual([]);
  });

  it('say why they do not start', async () => {
    const { shards } = await start({ threads: 1 });
    await expect(start({ port: shards[0]?.address.port ?? 0 })).rejects.toThrow(
      /lender\/0 does not start: .*EADDRINUSE/,
    );
    await expect(start({ kvBytes: blockBytes - 1 })).rejects.toThrow(/hold no KV block/);
    await expect(start({ host: '0.0.0.0', secret: null })).rejects.toThrow(/INFINITE_LLM_ENGINE_SECRET/);
  });
});
