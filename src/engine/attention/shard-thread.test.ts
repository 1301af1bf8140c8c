import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { kvLayout } from '../kv/layout.ts';
import { type KvShape, ShardLostError } from '../ports.ts';
import { attentionShardContract } from './attention-shard.contract.ts';
import { startShardThread, startWorker } from './shard-thread.ts';

attentionShardContract('A shard in its own thread', {
  open: (kv, blocks) => startShardThread({ id: 'here/1', kv, maxBytes: blocks * kvLayout(kv).blockBytes }),
});

const kv: KvShape = { layers: 1, heads: 2, kvHeads: 1, headDim: 16, type: 'bf16' };
const maxBytes = 4 * kvLayout(kv).blockBytes;
const one = {
  rows: 1,
  jobs: [{ firstRow: 0, rowCount: 1, blocks: Int32Array.of(0), tokens: 1 }],
  writes: { blocks: Int32Array.of(0), slots: Int32Array.of(1) },
};

describe('a shard’s thread', () => {
  it('is lost when it dies, and whoever waits for it learns it', async () => {
    const threads: Worker[] = [];
    const shard = await startShardThread({
      id: 'here/1',
      kv,
      maxBytes,
      startThread: (data) => {
        const worker = startWorker(data);
        threads.push(worker);
        return worker;
      },
    });
    shard.begin(one);
    await threads[0]?.terminate();
    await expect((async () => shard.attend(0, new Float32Array(32)).ready())()).rejects.toThrow(
      ShardLostError,
    );
    await expect(shard.readBlock(0)).rejects.toThrow(ShardLostError);
    expect(() => shard.append(0, new Float32Array(16), new Float32Array(16))).toThrow(ShardLostError);
    await shard.close();
  });

  it('is given up when it hangs', async () => {
    const hangs = `require('node:worker_threads').parentPort.postMessage({ ready: true, blocks: 4 });
      setInterval(() => {}, 1000);`;
    const shard = await startShardThread({
      id: 'here/1',
      kv,
      maxBytes,
      timeoutMs: 50,
      startThread: () => new Worker(hangs, { eval: true }),
    });
    shard.begin(one);
    await expect(shard.attend(0, new Float32Array(32)).ready()).rejects.toThrow(/did not answer/);
    expect(() => shard.begin(one)).toThrow(ShardLostError);
    await shard.close();
  });

  it('says why it did not start', async () => {
    await expect(startShardThread({ id: 'here/1', kv, maxBytes: 1 })).rejects.toThrow(/hold no KV block/);
    const dies = (): Worker => new Worker('process.exit(3)', { eval: true });
    await expect(startShardThread({ id: 'here/1', kv, maxBytes, startThread: dies })).rejects.toThrow(
      /code 3/,
    );
  });

  it('takes many commands before the first is waited for', async () => {
    const shard = await startShardThread({ id: 'here/1', kv, maxBytes });
    for (let round = 0; round < 100; round++) {
      shard.begin(one);
      shard.append(0, new Float32Array(16).fill(round), new Float32Array(16).fill(round));
    }
    await shard.end().ready();
    shard.begin({ ...one, jobs: [{ firstRow: 0, rowCount: 1, blocks: Int32Array.of(0), tokens: 2 }] });
    const { ma, e } = await shard.attend(0, new Float32Array(32).fill(1)).ready();
    expect((ma[0] ?? 0) / (e[0] ?? 1)).toBe(99);
    await shard.close();
  });

  it('makes a user that is a thread itself wait without its event loop', async () => {
    const user = new Worker(new URL('./testing/thread-user.mjs', import.meta.url), {
      workerData: {
        kv,
        maxBytes,
        shardThread: new URL('../../../dist/engine/attention/shard-thread.js', import.meta.url).href,
      },
      execArgv: [],
    });
    const answer = await new Promise((resolve, reject) => {
      user.once('message', resolve);
      user.once('error', reject);
    });
    await user.terminate();
    expect(answer).toEqual({ values: [5, 7], blocking: true, lost: 'ShardLostError' });
  });
});
