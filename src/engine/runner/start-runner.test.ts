import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../cluster/wire/index.ts';
import { LeaseTable } from '../cluster/wire/data/leases.ts';
import { openModel } from '../models/index.ts';
import { writeTinyGguf } from '../models/testing/index.contract.ts';
import { EngineError, ShardLostError } from '../ports.ts';
import type { RunnerSettings } from './runner-messages.ts';
import { type RunnerThread, startRunner } from './start-runner.ts';
import { blocksFor, slice } from './testing/harness.contract.ts';
import { referenceLogits } from './testing/reference.contract.ts';
import { roundKv } from './testing/round-kv.contract.ts';

const TOKENS = Array.from({ length: 150 }, (_, i) => (i * 37 + 11) % 290);
const SECRET = 'a secret that all instances share';
let dir: string;
let modelPath: string;
let expected: Float64Array[];
const open: RunnerThread[] = [];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'runner-'));
  modelPath = writeTinyGguf(dir, { seed: 3 });
  const model = openModel(modelPath);
  expected = referenceLogits(model, TOKENS, {
    roundKv: (head) => roundKv({ type: 'bf16', headDim: head.length }, head),
  });
  model.close();
});

afterAll(async () => {
  await Promise.all(open.map((each) => each.close()));
  rmSync(dir, { recursive: true, force: true });
});

async function start(
  instance: string,
  more: Partial<RunnerSettings> = {},
  listens = false,
): Promise<RunnerThread> {
  const runner = await startRunner({
    modelPath,
    kvType: 'bf16',
    kvBytes: 2 ** 20,
    localShards: 1,
    instance,
    wire: {
      secret: SECRET,
      tls: null,
      timeoutMs: 20_000,
      listen: listens ? { host: '127.0.0.1', port: 0 } : null,
    },
    ...more,
  });
  open.push(runner);
  return runner;
}

/** A shard of the other, all of whose blocks are leased to the borrower. */
function lend(lender: RunnerThread, to: string, index = 0): { id: string; host: string; port: number } {
  const { lending, blocks } = lender.shards[index]!;
  new LeaseTable(lending!.leases).lease(
    Array.from({ length: blocks }, (_, i) => i),
    to,
  );
  return lending!.address;
}

function expectLogits(actual: Float32Array | null | undefined, rows: readonly Float64Array[]): void {
  const all = rows.flatMap((row) => [...row]);
  expect(actual).toHaveLength(all.length);
  const error = Math.hypot(...all.map((value, i) => actual![i]! - value)) / Math.hypot(...all);
  expect(error).toBeLessThan(2e-3);
}

describe('a runner thread', () => {
  it('says what it holds and runs steps', async () => {
    const progress: number[] = [];
    const runner = await startRunner(
      {
        modelPath,
        kvType: 'bf16',
        kvBytes: 2 ** 20,
        localShards: 1,
        instance: 's',
        wire: { secret: null, tls: null, timeoutMs: 5_000, listen: null },
      },
      { onProgress: (done, all) => progress.push(done / all) },
    );
    open.push(runner);
    expect(progress.at(-1)).toBe(1);
    expect(runner.localShards).toEqual(['s/0']);
    expect(runner.kv).toEqual({ layers: 2, heads: 4, kvHeads: 2, headDim: 16, type: 'bf16' });
    expect(runner.shards[0]?.blocks).toBe(Math.floor(2 ** 20 / (64 * 2 * 2 * 2 * 2 * 16)));
    const blocks = blocksFor(TOKENS.length);
    const [all, none] = await runner.run([
      slice(TOKENS.slice(0, 100), 0, blocks),
      slice(TOKENS.slice(0, 3), 0, blocksFor(3, 9), 'none'),
    ]);
    expect(none).toBeNull();
    expectLogits(all, expected.slice(0, 100));
    // Called side by side, done one after the other.
    const rest = await Promise.all(
      TOKENS.slice(100, 104).map((token, i) => runner.run([slice([token], 100 + i, blocks, 'last')])),
    );
    rest.forEach(([logits], i) => expectLogits(logits, [expected[100 + i]!]));
    expect(runner.wireBytes()).toEqual({ sent: 0, received: 0 });
  });

  it('holds KV in the shards of other instances, which use them too', async () => {
    const [a, b] = await Promise.all([start('a', {}, true), start('b', {}, true)]);
    const blocks = ['b/0', 'a/0', 'b/0'].map((shard, block) => ({ shard, block }));
    await expect(a.run([slice(TOKENS, 0, blocks)])).rejects.toThrow(
      new ShardLostError('b/0', 'this instance is not connected to it').message,
    );
    await a.attach(lend(b, 'a'));
    const own = [0, 1, 2].map((block) => ({ shard: 'b/0', block: 4 + block }));
    const [[logits], [other]] = await Promise.all([
      a.run([slice(TOKENS.slice(0, 149), 0, blocks)]),
      b.run([slice(TOKENS.slice(0, 149), 0, own)]),
    ]);
    expectLogits(logits, expected.slice(0, 149));
    expectLogits(other, expected.slice(0, 149));
    const [next] = await a.run([slice([TOKENS[149]!], 149, blocks, 'last')]);
    expectLogits(next, [expected[149]!]);
    expect(a.wireBytes().sent).toBeGreaterThan(10_000);
    expect(a.wireBytes().received).toBeGreaterThan(2 * 4 * 16 * 4);

    await a.copyBlock(blocks[0]!, { shard: 'a/0', block: 5 });
    await a.writeBlock({ shard: 'a/0', block: 6 }, await a.readBlock(blocks[2]!));
    const before = a.wireBytes();
    await a.detach('b/0');
    expect(a.wireBytes().sent).toBeGreaterThanOrEqual(before.sent);
    const home = [5, 1, 6].map((block) => ({ shard: 'a/0', block }));
    const [again] = await a.run([slice([TOKENS[149]!], 149, home, 'last')]);
    expectLogits(again, [expected[149]!]);
  });

  it('spreads a context over several threads', async () => {
    const runner = await start('t', { localShards: 3, kvType: 'int8' });
    expect(runner.localShards).toEqual(['t/0', 't/1', 't/2']);
    const blocks = [1, 2, 0].map((shard, block) => ({ shard: `t/${shard}`, block }));
    const one = await start('u', { kvType: 'int8' });
    const [expectedRows] = await one.run([
      slice(
        TOKENS,
        0,
        blocksFor(150).map(({ block }) => ({ shard: 'u/0', block })),
      ),
    ]);
    const [most] = await runner.run([slice(TOKENS.slice(0, 140), 0, blocks)]);
    const [rest] = await runner.run([slice(TOKENS.slice(140), 140, blocks)]);
    const rows = Array.from({ length: 150 }, (_, i) =>
      Float64Array.from(expectedRows!.subarray(i * runner.vocabSize, (i + 1) * runner.vocabSize)),
    );
    expectLogits(most, rows.slice(0, 140));
    expectLogits(rest, rows.slice(140));
    await runner.copyBlock(blocks[0]!, { shard: 't/0', block: 9 });
    const moved = [{ shard: 't/0', block: 9 }, ...blocks.slice(1)];
    const [again] = await runner.run([slice(TOKENS.slice(149), 149, moved, 'last')]);
    expectLogits(again, rows.slice(149));
  });

  it('lends the shards of all its threads, and uses them meanwhile', async () => {
    const [many, borrower] = await Promise.all([start('m', { localShards: 3 }, true), start('n')]);
    const ports = many.shards.map(({ lending }) => lending?.address.port);
    expect(new Set(ports).size).toBe(3);
    for (const index of [0, 1, 2]) await borrower.attach(lend(many, 'n', index));
    const theirs = [1, 2, 0].map((shard) => ({ shard: `m/${shard}`, block: 0 }));
    const own = [2, 1, 0].map((shard) => ({ shard: `m/${shard}`, block: 1 }));
    const runs = [
      [borrower, theirs],
      [many, own],
    ] as const;
    await Promise.all(
      runs.map(async ([runner, blocks]) => {
        // Many steps, so that those of the two meet.
        const [most] = await runner.run([slice(TOKENS.slice(0, 130), 0, blocks)]);
        expectLogits(most, expected.slice(0, 130));
        for (let at = 130; at < 150; at++) {
          const [logits] = await runner.run([slice([TOKENS[at]!], at, blocks, 'last')]);
          expectLogits(logits, [expected[at]!]);
        }
      }),
    );
    await borrower.copyBlock(theirs[0]!, { shard: 'n/0', block: 0 });
    await borrower.detach('m/1');
    const moved = [{ shard: 'n/0', block: 0 }, ...theirs.slice(1)];
    const [again] = await borrower.run([slice([TOKENS[149]!], 149, moved, 'last')]);
    expectLogits(again, [expected[149]!]);
  });

  it('reports a lost shard by its name and goes on', async () => {
    const [c, d] = await Promise.all([start('c'), start('d', {}, true)]);
    await c.attach(lend(d, 'c'));
    const blocks = ['d/0', 'c/0', 'c/0'].map((shard, block) => ({ shard, block }));
    await c.run([slice(TOKENS.slice(0, 149), 0, blocks, 'none')]);
    await d.close();
    const failed = c.run([slice([TOKENS[149]!], 149, blocks, 'last')]);
    await expect(failed).rejects.toThrow(ShardLostError);
    await expect(failed).rejects.toMatchObject({ shard: 'd/0' });
    const healed = [{ shard: 'c/0', block: 8 }, ...blocks.slice(1)];
    await c.run([slice(TOKENS.slice(0, 64), 0, healed, 'none')]);
    const [logits] = await c.run([slice([TOKENS[149]!], 149, healed, 'last')]);
    expectLogits(logits, [expected[149]!]);
  });

  it('does not wait for a shard that is detached, however long it may take', async () => {
    const e = await start('e', { wire: { secret: SECRET, tls: null, timeoutMs: 3_600_000, listen: null } });
    let isAsked = (): void => {};
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    const silent = await listen({
      host: '127.0.0.1',
      port: 0,
      secret: SECRET,
      tls: null,
      hello: { role: 'data', instance: 'mute', shard: 'mute/0', kv: e.kv },
      onPeer: (peer) => peer.onFrame(() => isAsked()),
    });
    await e.attach({ id: 'mute/0', host: '127.0.0.1', port: silent.port });
    const failed = e.run([
      slice([TOKENS[64]!], 64, [
        { shard: 'mute/0', block: 0 },
        { shard: 'e/0', block: 0 },
      ]),
    ]);
    failed.catch(() => {}); // awaited below
    await asked;
    await e.detach('mute/0');
    await expect(failed).rejects.toMatchObject({ shard: 'mute/0' });
    await silent.close();
  });

  it('refuses what it cannot open, and says why', async () => {
    await expect(start('x', { modelPath: join(dir, 'nothing.gguf') })).rejects.toThrow(/nothing\.gguf/);
    const broken = join(dir, 'broken.gguf');
    writeFileSync(broken, 'GGUF and nothing more');
    const failed = start('x', { modelPath: broken });
    await expect(failed).rejects.toThrow(EngineError);
    await expect(failed).rejects.toMatchObject({ code: 'failed' });
    await expect(start('x', { kvBytes: 100 })).rejects.toThrow(
      '100 bytes of KV hold no block of 64 tokens: one takes 16384',
    );
  });

  it('fails whatever was asked when its thread dies', async () => {
    const { Worker } = await import('node:worker_threads');
    const crashes: string[] = [];
    const program = `
      const { parentPort } = require('node:worker_threads');
      parentPort.postMessage({ type: 'ready', kv: {}, vocabSize: 1, shards: [] });
      parentPort.once('message', () => { throw new Error('out of luck'); });`;
    const runner = await startRunner(
      {
        modelPath,
        kvType: 'bf16',
        kvBytes: 1,
        localShards: 1,
        instance: 'y',
        wire: { secret: null, tls: null, timeoutMs: 1, listen: null },
      },
      { startThread: () => new Worker(program, { eval: true }), onCrash: (why) => crashes.push(why.message) },
    );
    const failed = await Promise.allSettled([runner.run([]), runner.readBlock({ shard: 'y/0', block: 0 })]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(runner.run([])).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('out of luck'),
    });
    expect(crashes).toHaveLength(1);
    await runner.close();
  });

  it('can be closed twice, and does nothing after', async () => {
    const runner = await start('z');
    await Promise.all([runner.close(), runner.close()]);
    await expect(runner.run([])).rejects.toThrow('the runner was closed');
  });
});
