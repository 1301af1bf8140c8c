import { describe, expect, it } from 'vitest';
import { createLocalPool } from './local-pool.ts';

describe('a pool of local shards', () => {
  it('spreads blocks evenly, and gives all or nothing', () => {
    const pool = createLocalPool([
      { id: 'a/0', blocks: 3 },
      { id: 'a/1', blocks: 3 },
    ]);
    const four = pool.allocate(4)!;
    expect(four.filter(({ shard }) => shard === 'a/0')).toHaveLength(2);
    expect(new Set(four.map(({ shard, block }) => `${shard}#${block}`)).size).toBe(4);
    expect(pool.allocate(3)).toBeNull();
    expect(pool.size()).toEqual({ total: 6, free: 2, reachable: 6 });
    pool.free(four);
    expect(pool.size().free).toBe(6);
    expect(pool.allocate(0)).toEqual([]);
  });

  it('frees nothing twice, and nothing of others', () => {
    const pool = createLocalPool([{ id: 'a/0', blocks: 2 }]);
    const [block] = pool.allocate(1)!;
    pool.free([block!]);
    expect(() => pool.free([block!])).toThrow('not taken');
    expect(() => pool.free([{ shard: 'b/0', block: 0 }])).toThrow('not taken');
  });

  it('tells of shards that come and go', () => {
    const pool = createLocalPool([{ id: 'a/0', blocks: 2 }]);
    const told: string[] = [];
    pool.onMore(() => told.push('more'));
    pool.onLost((shard) => told.push(shard));
    pool.add({ id: 'a/1', blocks: 1 });
    pool.add({ id: 'a/0', blocks: 1 });
    expect(pool.size()).toEqual({ total: 4, free: 4, reachable: 4 });
    pool.lose('a/0');
    pool.lose('a/0');
    expect(pool.size()).toEqual({ total: 1, free: 1, reachable: 1 });
    expect(told).toEqual(['more', 'more', 'a/0']);
  });
});
