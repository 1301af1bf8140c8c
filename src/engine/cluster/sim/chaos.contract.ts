import type { SimNode } from './node.contract.ts';
import { type Trouble, World } from './world.contract.ts';

const QUIET_MS = 6_000;
const BORROW_MS = 6_000;
/** Less than the quiet at the end. */
const LEAVE_MS = 2_000;

/** One cluster's life under a seed: work, and trouble in between; then all must come to rest. */
export function live(seed: number, trouble: Trouble, steps = 50): World {
  const world = new World(seed, trouble);
  const { random } = world;
  for (let nodes = random.between(2, 4); nodes > 0; nodes -= 1) startOne(world);
  for (let step = 0; step < steps; step += 1) {
    world.run(random.delayMs(60));
    if (trouble.breaks && random.chance(0.12)) misfortune(world);
    else work(world);
  }
  world.network.heal();
  world.rejoin();
  for (const node of world.alive) if (!node.leaving) node.pausedUntilMs = 0;
  world.run(QUIET_MS);
  world.checkLost();
  for (const node of world.alive) node.requests.finishAll();
  // A request that is let in late ends as well.
  for (let left = 3; left > 0; left -= 1) {
    world.run(QUIET_MS / 3);
    for (const node of world.alive) node.requests.finishAll();
  }
  world.run(QUIET_MS);
  world.checkQuiet();
  borrowAll(world);
  return world;
}

/** After all that, one instance can still have every block there is. */
function borrowAll(world: World): void {
  const [node] = world.alive;
  if (!node) return;
  const all = world.alive.reduce((sum, { blocks }) => sum + blocks, 0);
  const { reachable } = node.manager.pool.size();
  if (reachable !== all) throw new Error(`${node.instance} reaches ${reachable} blocks of ${all}`);
  world.breaks = false;
  node.requests.start(all);
  world.run(BORROW_MS);
  if (node.requests.running !== 1) throw new Error(`${node.instance} cannot borrow all of ${all} blocks`);
  node.requests.finishAll();
  world.run(BORROW_MS);
  world.checkQuiet();
}

function startOne(world: World): SimNode {
  const role = world.random.chance(0.5) ? 'serve' : 'lend';
  return world.start(role, world.random.between(2, 10));
}

function work(world: World): void {
  const { random } = world;
  const node = random.pick(world.alive.filter(({ role }) => role === 'serve')) ?? random.pick(world.alive);
  if (!node || node.pausedUntilMs > world.timeline.nowMs) return;
  const { requests } = node;
  const used = [...requests.used()];
  const one = random.pick(used);
  switch (random.between(0, 6)) {
    case 0:
    case 1:
      requests.start(random.between(1, 8));
      break;
    case 2:
      requests.grow();
      break;
    case 3:
      requests.finish();
      break;
    case 4:
      if (one) node.write(one);
      break;
    default:
      for (const block of used.slice(0, 6)) node.read(block);
  }
}

function misfortune(world: World): void {
  const { random, network } = world;
  const [a, b] = [random.pick(world.alive), random.pick(world.alive)];
  if (!a || !b) return;
  const stays = world.alive.some((other) => other !== a && !other.leaving);
  switch (random.between(0, 7)) {
    case 0:
      if (stays) world.kill(a);
      break;
    case 6:
      if (stays && !a.leaving) a.leave(LEAVE_MS);
      break;
    case 1:
      if (world.alive.length < 6) startOne(world);
      break;
    case 2:
      if (a !== b) network.wall(a.instance, b.instance);
      break;
    case 3:
      network.heal();
      break;
    case 5:
      // One that leaves may be standing still for good.
      if (!a.leaving) a.pausedUntilMs = world.timeline.nowMs + random.between(100, 3_000);
      break;
    case 4:
      for (const { ref } of a.requests.used())
        if (!ref.shard.startsWith(`${a.instance}/`)) {
          a.manager.reportLost(ref.shard);
          break;
        }
      break;
    default:
      if (a !== b) network.cut(a.instance, b.instance);
  }
}
