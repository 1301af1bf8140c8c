import {
  type BlockMover,
  NO_LOAD,
  type RunningManager,
  startManager,
  type StartManagerOptions,
} from '../../engine/cluster/managers/index.ts';
import { LeaseTable, WireError } from '../../engine/cluster/wire/index.ts';
import { Counters } from '../../engine/cluster/wire/data/counters.ts';
import type { LocalEngine } from '../../engine/scheduler/index.ts';
import { type ModelRunner, ShardLostError } from '../../engine/ports.ts';
import type { RunnerThread } from '../../engine/runner/start-runner.ts';
import { Failure } from '../failure.ts';

/** Others have so long to move what they hold in a process that ends. */
export const LEAVE_MS = 10_000;

/** An engine's part in a cluster. */
export interface Membership {
  readonly manager: RunningManager;
  /** Bytes to and from others: shards of theirs, this one's shards, and what managers say to each other. */
  wire(): { readonly sentBytes: number; readonly receivedBytes: number };
}

export interface JoinOptions
  extends Pick<
    StartManagerOptions,
    'instance' | 'listen' | 'join' | 'secret' | 'tls' | 'model' | 'leaderLease' | 'onProblem'
  > {
  readonly advertise: string;
  readonly runner: RunnerThread;
  /** Null: not made yet, as it is made of the manager's pool. */
  readonly engine: () => LocalEngine | null;
}

/** @throws Failure when the address can not be had, or the others refuse this one */
export async function joinCluster({ runner, engine, ...options }: JoinOptions): Promise<Membership> {
  const shards = runner.shards.map(({ id, blocks, lending }) => ({
    id,
    blocks,
    address: lending && { host: options.advertise, port: lending.address.port },
  }));
  const lent = new Map(
    runner.shards.flatMap(({ id, lending }) =>
      lending
        ? [
            [
              id,
              { leases: new LeaseTable(lending.leases), counters: new Counters(lending.counters) },
            ] as const,
          ]
        : [],
    ),
  );
  const mover: BlockMover = {
    pick: (count, wanted) => engine()?.pick(count, wanted) ?? [],
    move: async (from, to) => (await engine()?.move(from, to)) ?? false,
    evict: (count, shards) => void engine()?.evictCached(count, shards),
  };
  const manager = await whatIsWrong(
    startManager({
      ...options,
      role: 'serve',
      kv: runner.kv,
      shards,
      gate: {
        lease: (shard, blocks, instance) => lent.get(shard)?.leases.lease(blocks, instance),
        unlease: (shard, blocks) => lent.get(shard)?.leases.unlease(blocks),
      },
      attach: (address) => runner.attach(address),
      detach: (shard) => runner.detach(shard),
      mover,
      load: () => engine()?.load() ?? NO_LOAD,
    }),
  );
  return {
    manager,
    wire: () => {
      const { control } = manager.status();
      const asked = runner.wireBytes();
      const served = [...lent.values()].map(({ counters }) => counters.read());
      const sum = (of: 'bytesSent' | 'bytesReceived'): number =>
        served.reduce((total, stats) => total + stats[of], 0);
      return {
        sentBytes: asked.sent + control.sent + sum('bytesSent'),
        receivedBytes: asked.received + control.received + sum('bytesReceived'),
      };
    },
  };
}

/** Tells the manager of each shard that does not answer, so that nothing is put there any more. */
export function reportingLosses(runner: ModelRunner, reportLost: (shard: string) => void): ModelRunner {
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ShardLostError) reportLost(error.shard);
      throw error;
    }
  };
  return {
    ...runner,
    run: async (slices) => await watched(runner.run(slices)),
    copyBlock: async (from, to) => await watched(runner.copyBlock(from, to)),
    readBlock: async (ref) => await watched(runner.readBlock(ref)),
    writeBlock: async (ref, bytes) => await watched(runner.writeBlock(ref, bytes)),
  };
}

/** What a cluster says when it refuses is for people. */
export async function whatIsWrong<T>(joining: Promise<T>): Promise<T> {
  try {
    return await joining;
  } catch (error) {
    if (error instanceof WireError) throw new Failure(error.message, { cause: error });
    throw error;
  }
}
