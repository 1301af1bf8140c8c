import { LeaseTable } from './leases.ts';
import { describe, expect, it } from 'vitest';
import { type AttentionShard, type Partials, ShardLostError } from '../../../ports.ts';
import { DATA_LIMITS } from '../peer.ts';
import { startProxy, type Direction } from '../testing/proxy.contract.ts';
import {
  cleanUpAfterEach,
  join,
  KV,
  later,
  localShard,
  numbers,
  runStep,
  runSteps,
  type Sequence,
  serve,
  stepOf,
} from '../testing/shard-rig.contract.ts';
import type { CountedShard } from './shared-shard.ts';

cleanUpAfterEach();

const sequence: Sequence = { blocks: Int32Array.of(3, 1, 4), seed: 5, length: 0 };
const longer: Sequence = { ...sequence, length: 70 };

/** A shard of which some methods are others. */
function altered(change: (shard: CountedShard) => Partial<CountedShard>): CountedShard {
  const local = localShard();
  const own: CountedShard = {
    id: local.id,
    kv: local.kv,
    blocks: local.blocks,
    begin: (step) => local.begin(step),
    attend: (layer, q) => local.attend(layer, q),
    append: (layer, k, v) => local.append(layer, k, v),
    end: () => local.end(),
    readBlock: (block) => local.readBlock(block),
    writeBlock: (block, bytes) => local.writeBlock(block, bytes),
    close: () => local.close(),
  };
  return { ...own, ...change(own) };
}

async function expectLost(shard: AttentionShard): Promise<void> {
  expect(() => shard.begin(stepOf(longer, 1))).toThrow(ShardLostError);
  expect(() => shard.attend(0, new Float32Array(32))).toThrow(ShardLostError);
  expect(() => shard.append(0, new Float32Array(16), new Float32Array(16))).toThrow(ShardLostError);
  expect(() => shard.end()).toThrow(ShardLostError);
  await expect(shard.readBlock(0)).rejects.toThrow(ShardLostError);
  await expect(shard.writeBlock(0, new Uint8Array(1))).rejects.toThrow(ShardLostError);
}

describe('a connection that breaks', () => {
  it.each<Direction>(['toServer', 'toClient'])(
    'at any byte %s loses the shard, and the step can be done on another',
    async (direction) => {
      const { port } = await serve();
      const spare = await join((await serve()).port);
      const direct = await join(port);
      await runStep(direct, sequence, 70);
      await runStep(spare, sequence, 70);
      const want = await runStep(direct, longer, 2);
      const measured = await startProxy(port);
      later(() => measured.close());
      const whole = await join(measured.port);
      const before = measured.passed[direction];
      await runStep(whole, longer, 2);
      const bytes = measured.passed[direction] - before;
      expect(bytes).toBeGreaterThan(300);

      for (let at = 0; at < bytes; at += at < 80 ? 1 : 7) {
        const proxy = await startProxy(port);
        const remote = await join(proxy.port);
        proxy.cutAfter(direction, at);
        await expect(runStep(remote, longer, 2)).rejects.toThrow(ShardLostError);
        await expectLost(remote);
        await proxy.close();
      }
      expect(await runStep(spare, longer, 2)).toEqual(want);
      expect(await runStep(direct, longer, 2)).toEqual(want);
    },
  );

  it('rejects all that was asked, whether anybody waits for it or not', async () => {
    const { port } = await serve(
      altered(() => ({ attend: () => ({ ready: () => new Promise(() => undefined) }) })),
    );
    const proxy = await startProxy(port);
    later(() => proxy.close());
    const remote = await join(proxy.port);
    const lost: ShardLostError[] = [];
    remote.onLost((error) => lost.push(error));
    remote.begin(stepOf(longer, 1));
    const waited = remote.attend(0, new Float32Array(32)).ready();
    const unwaited = remote.attend(1, new Float32Array(32)).ready();
    remote.attend(1, new Float32Array(32));
    const asked = remote.attend(0, new Float32Array(32));
    const read = remote.readBlock(1);
    proxy.cutAfter('toClient', 0);
    await expect(waited).rejects.toThrow(ShardLostError);
    await expect(asked.ready()).rejects.toThrow(ShardLostError);
    await expect(read).rejects.toThrow(/KV shard lender\/0 is lost: /);
    expect(unwaited).toBeInstanceOf(Promise);
    expect(lost).toHaveLength(1);
    remote.onLost((error) => lost.push(error));
    expect(lost[1]).toBe(lost[0]);
  });
});

describe('a lender that hangs', () => {
  it('is given up after the deadline', async () => {
    const { port } = await serve();
    const proxy = await startProxy(port);
    later(() => proxy.close());
    const remote = await join(proxy.port, { timeoutMs: 300 });
    await runStep(remote, sequence, 3);
    proxy.freeze();
    const started = performance.now();
    await expect(runStep(remote, longer, 1)).rejects.toThrow(/lender\/0 is lost: no answer within 300 ms/);
    expect(performance.now() - started).toBeGreaterThan(280);
    await expectLost(remote);
  });

  it.each(['attend', 'end', 'read'])('in %s, too', async (what) => {
    const never = () => new Promise<never>(() => undefined);
    const { port } = await serve(
      altered(() => ({
        ...(what === 'attend' && { attend: () => ({ ready: never }) }),
        ...(what === 'end' && { end: () => ({ ready: never }) }),
        ...(what === 'read' && { readBlock: never }),
      })),
    );
    const remote = await join(port, { timeoutMs: 100 });
    const work = what === 'read' ? remote.readBlock(1) : runStep(remote, longer, 1);
    await expect(work).rejects.toThrow(ShardLostError);
  });

  it('while one peer waits for it, is not blamed on a client that was itself busy', async () => {
    const { port } = await serve();
    const remote = await join(port, { timeoutMs: 50 });
    await runStep(remote, sequence, 70);
    remote.begin(stepOf(longer, 1));
    const pending = remote.attend(0, numbers(longer, 1, 0, 32));
    // The server is in this thread: it is as if the answer had to wait for the client's own work.
    const end = performance.now() + 200;
    while (performance.now() < end);
    const partials: Partials = await pending.ready();
    expect(partials.m).toHaveLength(4);
  });

  it('and does not read is given up before its queue is large', async () => {
    const { port } = await serve();
    const proxy = await startProxy(port);
    later(() => proxy.close());
    const limits = { ...DATA_LIMITS, maxQueuedBytes: 3_000_000 };
    const remote = await join(proxy.port, { limits });
    proxy.stopReading();
    const rows = 64;
    const writes = {
      blocks: new Int32Array(rows).fill(1),
      slots: Int32Array.from({ length: rows }, (_, i) => i),
    };
    remote.begin({ rows: 0, jobs: [], writes });
    const k = new Float32Array(rows * KV.kvHeads * KV.headDim);
    let appends = 0;
    const flood = (): void => {
      for (; appends < 20_000; appends++) remote.append(0, k, k);
    };
    expect(flood).toThrow(/lender\/0 is lost: more than 3000000 bytes wait/);
    await expectLost(remote);
  });
});

describe('what a shard throws', () => {
  it('closes the peer that asked, with the reason; others go on', async () => {
    let broken = false;
    const { port } = await serve(
      altered((own) => ({
        attend(layer, q) {
          if (broken) throw new Error('the arena burst');
          return own.attend(layer, q);
        },
      })),
    );
    const [a, b] = [await join(port), await join(port, { instance: 'other' })];
    const want = await runSteps(b, sequence, [70, 1]);
    broken = true;
    await expect(runStep(a, longer, 1)).rejects.toThrow(/the arena burst/);
    broken = false;
    expect(await runSteps(b, sequence, [70, 1])).toEqual(want);
  });
});

describe('a step that is given up', () => {
  it('for another does not answer it', async () => {
    const { port } = await serve();
    const remote = await join(port);
    const want = await runSteps(remote, sequence, [70, 2]);
    remote.begin(stepOf(longer, 1));
    const old = remote.attend(0, numbers(longer, 1, 9, 32));
    const waited = remote.attend(1, numbers(longer, 1, 9, 32)).ready();
    expect(await runStep(remote, longer, 2)).toEqual(want);
    await expect(waited).rejects.toThrow(/given up for another/);
    await expect(old.ready()).rejects.toThrow(/given up for another/);
  });
});

describe('blocks that are not leased', () => {
  const mayUse = (instance: string, block: number): boolean => instance === 'runner' && block < 3;
  const own: Sequence = { ...sequence, blocks: Int32Array.of(0, 2, 1) };

  it.each<[string, (shard: AttentionShard) => unknown]>([
    ['attended to', (shard) => runStep(shard, { ...own, blocks: Int32Array.of(0, 3, 1), length: 128 }, 1)],
    ['written', (shard) => runStep(shard, { ...own, blocks: Int32Array.of(3) }, 1)],
    ['read', (shard) => shard.readBlock(3)],
    ['overwritten', async (shard) => shard.writeBlock(3, await shard.readBlock(0))],
  ])('are not %s: that peer is closed', async (_, work) => {
    const shard = localShard();
    const server = await serve(shard, { leases: { mayUse, version: 0 } });
    const [good, bad] = [await join(server.port), await join(server.port)];
    const before = Buffer.from(await shard.readBlock(3));
    await runStep(good, own, 70);
    await expect(work(bad)).rejects.toThrow(/block 3 of lender\/0 is not leased to runner/);
    await runStep(good, { ...own, length: 70 }, 1);
    expect(Buffer.from(await shard.readBlock(3))).toEqual(before);
    expect(server.stats()).toMatchObject({ peers: 1, violations: 1 });
    const stranger = await join(server.port, { instance: 'other' });
    await expect(stranger.readBlock(0)).rejects.toThrow(/not leased to other/);
  });

  it.each<[string, (shard: AttentionShard, step: Sequence) => unknown]>([
    ['attended to', (shard, step) => shard.attend(0, numbers(step, 1, 9, 32)).ready()],
    [
      'written',
      (shard, step) => {
        shard.append(0, numbers(step, 1, 2, 16), numbers(step, 1, 3, 16));
        return shard.end().ready();
      },
    ],
  ])('any more since the step began are not %s', async (_, work) => {
    const shard = localShard();
    const leases = new LeaseTable(8);
    leases.lease([0, 1, 2], 'runner');
    const server = await serve(shard, { leases });
    const remote = await join(server.port);
    await runStep(remote, own, 70);
    const longer = { ...own, length: 70 };
    remote.begin(stepOf(longer, 1));
    await remote.attend(0, numbers(longer, 1, 9, 32)).ready();
    const before = Buffer.from(await shard.readBlock(2));
    leases.unlease([2]);
    leases.lease([2], 'another');
    await expect(work(remote, longer)).rejects.toThrow(/block 2 of lender\/0 is not leased to runner/);
    expect(Buffer.from(await shard.readBlock(2))).toEqual(before);
  });
});
