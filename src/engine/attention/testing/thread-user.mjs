// A thread that uses two shards in threads of their own, as a runner does; plain JavaScript, since threads load nothing else.
import { parentPort, workerData } from 'node:worker_threads';

const { kv, maxBytes, shardThread } = workerData;
const { startShardThread } = await import(shardThread);
const options = { kv, maxBytes, timeoutMs: 20_000 };
const shards = await Promise.all(['here/1', 'here/2'].map((id) => startShardThread({ id, ...options })));
const width = kv.kvHeads * kv.headDim;
const values = [5, 7];
shards.forEach((shard, index) => {
  shard.begin({ rows: 0, jobs: [], writes: { blocks: Int32Array.of(0), slots: Int32Array.of(0) } });
  shard.append(0, new Float32Array(width), new Float32Array(width).fill(values[index]));
  shard.end().ready();
});
const job = { firstRow: 0, rowCount: 1, blocks: Int32Array.of(0), tokens: 1 };
const step = { rows: 1, jobs: [job], writes: { blocks: new Int32Array(), slots: new Int32Array() } };
const q = new Float32Array(kv.heads * kv.headDim);
for (const shard of shards) shard.begin(step);
const partials = shards.map((shard) => shard.attend(0, q)).map((pending) => pending.ready());

const [first, second] = shards;
await first.close();
let lost = null;
try {
  first.begin(step);
} catch (error) {
  lost = error.name;
}
await second.close();
parentPort.postMessage({
  values: partials.map(({ ma }) => ma?.[0]),
  blocking: !(partials[0] instanceof Promise),
  lost,
});
