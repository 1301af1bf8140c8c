import type { EngineInstance } from '../../api/types.ts';

/** A part of an instance's rBlocks. */
export interface BlockShare {
  readonly name: 'own' | 'lent' | 'borrowed' | 'free';
  readonly count: number;
}

/** Blocks of one instance in the order they are drawn; `borrowed` ones are elsewhere, beyond its own memory. */
export function blockShares({ blocks }: Pick<EngineInstance, 'blocks'>): readonly BlockShare[] {
  const { used, lent, free, borrowed } = blocks;
  const all: readonly BlockShare[] = [
    { name: 'own', count: used },
    { name: 'lent', count: lent },
    { name: 'free', count: free },
    { name: 'borrowed', count: borrowed },
  ];
  return all.filter(({ count }) => count > 0);
}

/** The longest bar, so that all bars of a cluster have one scale. */
export function mostBlocks(instances: readonly Pick<EngineInstance, 'blocks'>[]): number {
  return Math.max(1, ...instances.map(({ blocks }) => blocks.total + blocks.borrowed));
}

/** For those who do not see the bar: `640 blocks: 341 own, 43 free, 256 borrowed`. */
export function blockWords(shares: readonly BlockShare[]): string {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  const parts = shares.map(({ name, count }) => `${count} ${name}`).join(', ');
  return `${total} blocks${parts && `: ${parts}`}`;
}
