import type { InstanceStatus, RunningStatus } from '../../engine/cluster/managers/index.ts';
import type { InstanceReport } from '../../engine/server/index.ts';
import { formatBytes } from './arguments.ts';

const NOTHING = { total: 0, free: 0, local: 0, lent: 0, borrowed: 0 };

/** The cluster as `GET /engine/status` tells it. */
export function instanceReports({ instances, gManager }: RunningStatus): InstanceReport[] {
  return instances.map(({ instance, role, self, address, alive, blocks }) => {
    const { total, local, lent, borrowed } = blocks ?? NOTHING;
    return {
      id: instance,
      role: role === 'lend' ? 'lender' : 'engine',
      self,
      planner: instance === gManager,
      address,
      alive,
      // What a summary calls free may be elsewhere.
      blocks: { total, free: Math.max(0, total - local - lent), used: local, lent, borrowed },
    };
  });
}

/** Who could lend how much, for a request that does not fit. */
export function lendersNow(instances: readonly InstanceStatus[], blockBytes: number): string {
  const offers = instances.flatMap(({ instance, self, alive, blocks }) =>
    !self && alive && blocks && blocks.offered > 0 ? [{ instance, blocks: blocks.offered }] : [],
  );
  if (offers.length === 0) return 'No lender offers any blocks now.';
  const words = offers.map(
    ({ instance, blocks }) => `${instance} offers ${blocks} blocks (${formatBytes(blocks * blockBytes)})`,
  );
  return `Lenders now: ${words.join(', ')}.`;
}
