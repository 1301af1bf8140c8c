import type { InstanceId, Offer } from './messages.ts';

/** Fewer than these of a lender, and its messages cost a step more than its share of the attending saves. */
export const LEAST_BLOCKS = 16;

/**
 * So many blocks, as evenly as the lenders' memory allows: a step waits for its slowest shard, and each attends to what it
 * holds. Fewer than asked for when there are no more.
 * @param lenders in the order in which they are to be preferred
 */
export function spread(lenders: readonly Offer[], blocks: number): readonly Offer[] {
  const most = Math.max(1, Math.floor(blocks / LEAST_BLOCKS));
  const chosen = lenders.slice(0, most);
  for (const next of lenders.slice(most)) {
    if (chosen.reduce((sum, each) => sum + each.blocks, 0) >= blocks) break;
    chosen.push(next);
  }
  let missing = blocks;
  let left = chosen.length;
  const shares = new Map<InstanceId, number>();
  // Those with the least give all they have; what they lack is shared by the others.
  for (const { instance, blocks: offered } of chosen.toSorted((a, b) => a.blocks - b.blocks)) {
    const share = Math.min(offered, Math.ceil(missing / left));
    shares.set(instance, share);
    missing -= share;
    left -= 1;
  }
  return chosen
    .map(({ instance }) => ({ instance, blocks: shares.get(instance) ?? 0 }))
    .filter((offer) => offer.blocks > 0);
}
