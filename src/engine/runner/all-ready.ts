import { type Pending, ShardLostError } from '../ports.ts';

/**
 * The results of all, in their order. The last ones are asked first: they compute here or wait for a thread, while the
 * first ones, which only wait for the network, come by themselves.
 * Throws only once nothing is under way any more; a lost shard is the reason that matters most.
 */
export async function allReady<T>(pendings: readonly Pending<T>[]): Promise<readonly T[]> {
  const results = pendings.toReversed().map(started).reverse();
  const settled = await Promise.allSettled(results);
  const failures = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  if (failures.length > 0) throw failures.find((each) => each instanceof ShardLostError) ?? failures[0];
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** In an async function, what `ready` throws at once is a rejection too. */
async function started<T>(pending: Pending<T>): Promise<T> {
  return pending.ready();
}
