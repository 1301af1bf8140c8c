import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../format/bytes.ts';
import { blockShares, blockWords, mostBlocks } from './blocks.ts';

const engine = { blocks: { total: 384, free: 43, used: 341, lent: 0, borrowed: 256 } };
const lender = { blocks: { total: 512, free: 352, used: 0, lent: 160, borrowed: 0 } };

describe('blocks of an instance', () => {
  it('are drawn by use, borrowed ones last', () => {
    expect(blockShares(engine).map(({ name }) => name)).toEqual(['own', 'free', 'borrowed']);
    expect(blockWords(blockShares(engine))).toBe('640 blocks: 341 own, 43 free, 256 borrowed');
    expect(blockWords([])).toBe('0 blocks');
  });

  it('have one scale in a cluster', () => {
    expect(mostBlocks([engine, lender])).toBe(640);
    expect(mostBlocks([])).toBe(1);
  });
});

it('bytes have three digits and binary units', () => {
  expect([0, 1023, 1024, 912_345_678, 1.41 * 2 ** 30, 12.34 * 2 ** 20].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.00 KiB',
    '870 MiB',
    '1.41 GiB',
    '12.3 MiB',
  ]);
});
