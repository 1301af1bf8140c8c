import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/message-of.ts';
import { createLocalShard, type LocalShard } from './local-shard.ts';
import {
  COMMITTED_PAGES,
  DONE,
  fail,
  makeRoom,
  OPERATION,
  POSTED,
  ringAt,
  type ShardThreadData,
  type ShardThreadGreeting,
  takeStep,
  type ThreadChannel,
} from './thread-channel.ts';

const PAGE_BYTES = 65_536;

/** One shard's thread: waits for commands and never returns to the event loop. */
async function serve({ id, kv, maxBytes, channel }: ShardThreadData): Promise<void> {
  const shard = createLocalShard({ id, kv, maxBytes });
  greet({ ready: true, blocks: shard.blocks });
  const control = new Int32Array(channel.control);
  for (let next = 0; ; next = (next + 1) | 0) {
    while (Atomics.load(control, POSTED) === next) Atomics.wait(control, POSTED, next);
    const [operation = 0, first = 0, count = 0] = control.subarray(ringAt(next), ringAt(next) + 3);
    await run(shard, channel, operation, first, count);
    Atomics.store(control, COMMITTED_PAGES, shard.committedBytes() / PAGE_BYTES);
    Atomics.store(control, DONE, (next + 1) | 0);
    Atomics.notify(control, DONE);
  }
}

async function run(
  shard: LocalShard,
  channel: ThreadChannel,
  operation: number,
  first: number,
  count: number,
): Promise<void> {
  switch (operation) {
    case OPERATION.begin:
      return shard.begin(takeStep(channel.step));
    case OPERATION.attend: {
      const { m, e, ma } = await shard.attend(first, new Float32Array(channel.queries, 0, count)).ready();
      makeRoom(channel.partials, 4 * (m.length + e.length + ma.length));
      const out = new Float32Array(channel.partials);
      out.set(m);
      out.set(e, m.length);
      out.set(ma, m.length + e.length);
      return;
    }
    case OPERATION.append: {
      const rows = new Float32Array(channel.rows, 0, 2 * count);
      return shard.append(first, rows.subarray(0, count), rows.subarray(count));
    }
    case OPERATION.read: {
      const bytes = await shard.readBlock(first);
      makeRoom(channel.block, bytes.byteLength);
      new Uint8Array(channel.block).set(bytes);
      return;
    }
    case OPERATION.write:
      return shard.writeBlock(first, new Uint8Array(channel.block, 0, count));
    default:
      throw new Error(`a shard's thread knows no operation ${operation}`);
  }
}

function greet(greeting: ShardThreadGreeting): void {
  parentPort?.postMessage(greeting);
}

const data = workerData as ShardThreadData;
serve(data).catch((error: unknown) => {
  const why = messageOf(error);
  fail(data.channel, why);
  greet({ ready: false, why });
});
