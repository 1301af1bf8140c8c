import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttentionShard, Partials, Pending } from '../../../ports.ts';
import {
  cleanUpAfterEach,
  copy,
  join,
  KV,
  localShard,
  numbers,
  runSteps,
  type Sequence,
  serve,
  stepOf,
} from '../testing/shard-rig.contract.ts';
import { type CountedShard, SharedShard } from './shared-shard.ts';

cleanUpAfterEach();

const COUNTS = [70, 1, 3];
const sequenceOf = (seed: number): Sequence => ({
  blocks: Int32Array.of(2 * seed, 2 * seed + 1),
  seed,
  length: 0,
});

/** The same work as `runSteps`, in pieces between which others may come. */
function* pieces(shard: AttentionShard, seed: number, results: Partials[]): Generator<Promise<void> | void> {
  let sequence = sequenceOf(seed);
  for (const count of COUNTS) {
    const step = stepOf(sequence, count);
    yield shard.begin(step);
    for (let layer = 0; layer < KV.layers; layer++) {
      const values = (what: number, heads: number): Float32Array =>
        numbers(sequence, count, 10 * layer + what, heads * KV.headDim);
      let pending: Pending<Partials> | null = null;
      if (step.jobs.length > 0) yield void (pending = shard.attend(layer, values(0, KV.heads)));
      if (pending) {
        const partials = pending.ready();
        // Read only after others had their turn: nothing of theirs may be in it.
        yield;
        if (partials instanceof Promise) yield partials.then((it) => void results.push(copy(it)));
        else results.push(copy(partials));
      }
      yield shard.append(layer, values(1, KV.kvHeads), values(2, KV.kvHeads));
    }
    const end = shard.end();
    yield;
    yield Promise.resolve(end.ready());
    sequence = { ...sequence, length: sequence.length + count };
  }
}

/** Runs all, the next piece being that of the user whose turn `order` says. */
async function interleave(
  shards: readonly AttentionShard[],
  order: readonly number[],
): Promise<Partials[][]> {
  const results = shards.map((): Partials[] => []);
  const users = shards.map((shard, seed) => pieces(shard, seed, results[seed] ?? []));
  const open = new Set(users);
  for (let turn = 0; open.size > 0; turn++) {
    const user = [...open][(order[turn % order.length] ?? 0) % open.size];
    const { done, value } = user?.next() ?? { done: true, value: undefined };
    if (value) await value;
    if (done && user) open.delete(user);
  }
  return results;
}

async function alone(users: number): Promise<Partials[][]> {
  return Promise.all(
    Array.from({ length: users }, (_, seed) => runSteps(localShard(), sequenceOf(seed), COUNTS)),
  );
}

const order = fc.array(fc.nat(5), { minLength: 1, maxLength: 60 });

describe('one shard with several users', () => {
  it('gives each what it would give it alone, whatever their order', async () => {
    const want = await alone(3);
    await fc.assert(
      fc.asyncProperty(order, async (order) => {
        const shared = new SharedShard(localShard());
        expect(await interleave([shared.view(), shared.view(), shared.view()], order)).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });

  it('does so for its own runner and those behind sockets, too', async () => {
    const want = await alone(3);
    await fc.assert(
      fc.asyncProperty(order, async (order) => {
        const shared = new SharedShard(localShard());
        const { port } = await serve(shared);
        const remotes = [await join(port, { instance: 'b' }), await join(port, { instance: 'c' })];
        expect(await interleave([shared.view(), ...remotes], order)).toEqual(want);
      }),
      { numRuns: 20 },
    );
  });

  it('does so when it answers with promises', async () => {
    const want = await alone(3);
    let inside = 0;
    await fc.assert(
      fc.asyncProperty(order, async (order) => {
        const { port } = await serve(slow((change) => (inside += change)));
        const remotes = await Promise.all(['a', 'b', 'c'].map((instance) => join(port, { instance })));
        const results = await Promise.all([
          interleave(remotes.slice(0, 2), order),
          runSteps(remotes[2]!, sequenceOf(2), COUNTS),
        ]);
        expect([...results[0], results[1]]).toEqual(want);
        expect(inside).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  it('frees what a user that left had begun', async () => {
    const shared = new SharedShard(localShard());
    const { port } = await serve(shared);
    const gone = await join(port);
    gone.begin(stepOf(sequenceOf(0), 3));
    await gone.readBlock(0);
    await gone.close();
    const view = shared.view();
    expect(await runSteps(view, sequenceOf(1), COUNTS)).toEqual((await alone(2))[1]);
  });
});

/** Takes its time for every answer, and notices two pieces of work at once. */
function slow(count: (change: number) => number): CountedShard {
  const local = localShard();
  const later = async <T>(work: () => T): Promise<T> => {
    expect(count(1)).toBe(1);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    const result = work();
    count(-1);
    return result;
  };
  return {
    id: local.id,
    kv: local.kv,
    blocks: local.blocks,
    begin: (step) => local.begin(step),
    attend(layer, q) {
      const pending = local.attend(layer, q);
      return { ready: () => later(() => pending.ready() as Partials) };
    },
    append: (layer, k, v) => local.append(layer, k, v),
    end() {
      const pending = local.end();
      return { ready: () => later(() => pending.ready() as void) };
    },
    readBlock: (block) => local.readBlock(block),
    writeBlock: (block, bytes) => local.writeBlock(block, bytes),
    close: () => local.close(),
  };
}
