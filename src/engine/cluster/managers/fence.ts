import type { ShardId } from '../../ports.ts';
import { messageOf } from '../../../core/message-of.ts';
import type { HomeShard } from './home.ts';
import type { Fence } from './lender.ts';
import type { InstanceId } from './messages.ts';

/**
 * Where the data arrives. When what a call returns is done, it is in force: a block that is not leased to an instance is
 * neither read nor written for it, whatever it had begun before.
 */
export interface LeaseGate {
  lease(shard: ShardId, blocks: readonly number[], instance: InstanceId): void | Promise<void>;
  unlease(shard: ShardId, blocks: readonly number[], instance: InstanceId): void | Promise<void>;
  /** All blocks of all shards; and its open connections end. */
  expel?(instance: InstanceId): void | Promise<void>;
}

/**
 * A fence whose calls take effect in the order in which they are made. One that fails calls nobody back: its blocks stay
 * lent, as nobody can say who still reaches them.
 */
export function fenceOf(
  gate: LeaseGate,
  shards: readonly HomeShard[],
  onProblem: (problem: string) => void,
): Fence {
  const leased = new Map<InstanceId, Map<ShardId, Set<number>>>();
  let last = Promise.resolve();
  const inTurn = (work: () => void | Promise<void>, inForce: () => void): void => {
    last = last
      .then(work)
      .then(inForce)
      .catch((error: unknown) => {
        onProblem(`a lease cannot be changed: ${messageOf(error)}`);
      });
  };
  const blocksOf = (instance: InstanceId, shard: ShardId): Set<number> => {
    const byShard = leased.get(instance) ?? new Map<ShardId, Set<number>>();
    leased.set(instance, byShard);
    const blocks = byShard.get(shard) ?? new Set<number>();
    byShard.set(shard, blocks);
    return blocks;
  };
  return {
    permit(shard, blocks, instance, done) {
      inTurn(() => {
        for (const block of blocks) blocksOf(instance, shard).add(block);
        return gate.lease(shard, blocks, instance);
      }, done);
    },
    revoke(shard, blocks, instance, done) {
      inTurn(() => {
        for (const block of blocks) blocksOf(instance, shard).delete(block);
        return gate.unlease(shard, blocks, instance);
      }, done);
    },
    expel(instance, done) {
      inTurn(async () => {
        for (const { id } of shards) {
          const blocks = [...blocksOf(instance, id)];
          if (blocks.length > 0) await gate.unlease(id, blocks, instance);
        }
        leased.delete(instance);
        await gate.expel?.(instance);
      }, done);
    },
  };
}
