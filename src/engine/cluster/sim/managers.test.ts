import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../core/message-of.ts';
import { live } from './chaos.contract.ts';
import { SIM_TIMING, World } from './world.contract.ts';

/** A longer search: `INFINITE_LLM_SIM_SEEDS=100000 npx vitest run src/engine/cluster/sim`. */
const SEEDS = Number(process.env['INFINITE_LLM_SIM_SEEDS'] ?? 150);
const FIRST = Number(process.env['INFINITE_LLM_SIM_FIRST'] ?? 0);

const TROUBLE = { repeated: 0.1, breaks: true, slow: 0.05 };

function search(repeated: number, breaks: boolean, count: number): void {
  for (let seed = FIRST; seed < FIRST + count; seed += 1)
    try {
      live(seed, { repeated, breaks, slow: 0.05 });
    } catch (error) {
      throw new Error(`seed ${seed}: ${messageOf(error)}`, {
        cause: error,
      });
    }
}

describe('managers over simulated time', () => {
  it('lend and take back every block, with delays only', () => search(0, false, SEEDS / 5), 280_000);
  it('never share, lose or doubly free a block, whatever breaks', () => search(0, true, SEEDS), 280_000);
  it('nor when messages arrive twice, late and out of order', () => search(0.1, true, SEEDS), 280_000);
  it('are deterministic', () => {
    const [first, again] = [live(7, TROUBLE), live(7, TROUBLE)];
    expect(again.fresh()).toBe(first.fresh());
  });
});

const CALM = { repeated: 0, breaks: false, slow: 0 };

function cluster(seed: number, serving: number, lending: number): World {
  const world = new World(seed, CALM);
  for (let count = 0; count < serving; count += 1) world.start('serve', 4);
  for (let count = 0; count < lending; count += 1) world.start('lend', 4);
  world.run(3_000);
  world.checkQuiet();
  return world;
}

describe('the gManager', () => {
  it('is replaced soon after its death, by one that all agree on, and blocks are borrowed meanwhile', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const world = cluster(seed, 2, 3);
      const leader = world.node(world.alive[0]!.manager.leader)!;
      world.kill(leader);
      const borrower = world.alive.find(({ role }) => role === 'serve')!;
      borrower.requests.start(8);
      world.run(SIM_TIMING.deadMs / 2);
      expect(borrower.manager.leader).toBe(leader.instance);
      expect(borrower.requests.running).toBe(1);
      world.run(SIM_TIMING.deadMs / 2 + 2 * SIM_TIMING.heartbeatMs);
      const leaders = new Set(world.alive.map(({ manager }) => manager.leader));
      expect(leaders.size).toBe(1);
      expect([...leaders][0]).not.toBe(leader.instance);
    }
  });

  it('plans from a view that it has of heartbeats alone, also a new one', () => {
    const world = cluster(3, 2, 2);
    world.kill(world.node(world.alive[0]!.manager.leader)!);
    world.run(4 * SIM_TIMING.planMs);
    const before = world.plans;
    world.run(2 * SIM_TIMING.planMs);
    expect(world.plans).toBeGreaterThan(before);
  });

  it('harms nobody when a split makes two of them', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const world = cluster(seed, 2, 2);
      const [a, b] = [world.alive.slice(0, 2), world.alive.slice(2)];
      for (const left of a) for (const right of b) world.network.wall(left.instance, right.instance);
      for (let step = 0; step < 20; step += 1) {
        for (const { requests } of world.alive.filter(({ role }) => role === 'serve')) {
          requests.start(world.random.between(1, 5));
          if (world.random.chance(0.5)) requests.finish();
        }
        world.run(300);
      }
      expect(new Set(world.alive.map(({ manager }) => manager.leader)).size).toBe(2);
      world.network.heal();
      for (let left = 4; left > 0; left -= 1) {
        for (const { requests } of world.alive) requests.finishAll();
        world.run(3_000);
      }
      world.checkQuiet();
    }
  });
});

describe('a lender that wants its blocks back', () => {
  it('gets those that are free at once, and the others as they are moved', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const world = cluster(seed, 2, 0);
      const [borrower, lender] = world.alive;
      borrower!.requests.start(4);
      borrower!.requests.start(3);
      world.run(1_000);
      expect(lender!.manager.summary().lent).toBe(3);
      // One local block becomes free: one of the lent ones can move there.
      lender!.requests.start(4);
      world.run(500);
      expect(lender!.requests.running).toBe(0);
      borrower!.requests.finish();
      world.run(1_500);
      expect(lender!.requests.running).toBe(1);
      world.check();
    }
  });
});

describe('a lender that leaves', () => {
  it('goes once all that it lent has moved to others, who lose nothing', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const world = cluster(seed, 1, 3);
      const [borrower, ...lenders] = world.alive;
      borrower!.requests.start(7);
      world.run(1_000);
      const [leaving] = lenders.filter(({ manager }) => manager.summary().lent > 0);
      // Nobody else holds anything for the borrower yet: it must ask.
      expect(leaving!.manager.summary().lent).toBe(3);
      leaving!.leave(10_000);
      expect(leaving!.manager.summary()).toMatchObject({ offered: 0, lendable: 0 });
      world.run(2_000);
      expect(leaving!.up).toBe(false);
      expect(borrower!.requests.lost.size).toBeLessThanOrEqual(1);
      const used = [...borrower!.requests.used()];
      expect(used).toHaveLength(7);
      for (const block of used) borrower!.read(block);
      expect(borrower!.manager.status()).toMatchObject({ moves: { done: 3 } });
      world.run(SIM_TIMING.deadMs);
      borrower!.requests.finishAll();
      world.run(6_000);
      world.checkQuiet();
    }
  });

  it('goes after its time when there is no room elsewhere, and gets no more to hold meanwhile', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const world = cluster(seed, 1, 1);
      const [borrower, lender] = world.alive;
      borrower!.requests.start(6);
      world.run(1_000);
      lender!.leave(3_000);
      world.run(1_000);
      borrower!.requests.grow();
      world.run(1_000);
      expect(lender!.up).toBe(true);
      expect(lender!.manager.summary().lent).toBe(2);
      expect([...borrower!.requests.used()]).toHaveLength(6);
      world.run(3_000);
      expect(lender!.up).toBe(false);
      expect([...borrower!.requests.used()]).toHaveLength(4);
    }
  });
});
