import { expect, it } from 'vitest';
import type { KvShape } from '../../../ports.ts';
import { connectShard } from './connect-shard.ts';
import { MemoryShard } from './memory-shard.contract.ts';
import { serveShard } from './serve-shard.ts';

const kv: KvShape = { layers: 2, heads: 4, kvHeads: 2, headDim: 8, type: 'bf16' };
const floats = (n: number, seed: number) =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed));

it('works as the shard itself', async () => {
  const shard = new MemoryShard('a/0', kv, 8);
  const server = await serveShard(shard, {
    instance: 'a',
    host: '127.0.0.1',
    port: 0,
    secret: null,
    tls: null,
    leases: { mayUse: () => true },
  });
  const remote = await connectShard({
    id: 'a/0',
    host: '127.0.0.1',
    port: server.port,
    secret: null,
    tls: null,
    kv,
    instance: 'b',
    timeoutMs: 5000,
  });
  const direct = new MemoryShard('a/0', kv, 8);
  const both = [remote, direct] as const;
  const writes = { blocks: Int32Array.from([0, 0, 3]), slots: Int32Array.from([0, 1, 5]) };
  for (const s of both) {
    s.begin({ rows: 0, jobs: [], writes });
    for (let l = 0; l < 2; l++) s.append(l, floats(3 * 16, l), floats(3 * 16, l + 7));
    await s.end().ready();
  }
  const q = floats(2 * 32, 3);
  const outs = [];
  for (const s of both) {
    s.begin({
      rows: 2,
      jobs: [{ firstRow: 0, rowCount: 1, blocks: Int32Array.from([0, 3]), tokens: 70 }],
      writes: { blocks: new Int32Array(0), slots: new Int32Array(0) },
    });
    outs.push([await s.attend(0, q).ready(), await s.attend(1, q).ready()]);
    await s.end().ready();
  }
  expect(outs[0]).toEqual(outs[1]);
  expect(Buffer.from(await remote.readBlock(3))).toEqual(Buffer.from(await direct.readBlock(3)));
  await remote.close();
  console.log(server.stats());
  await server.close();
});
