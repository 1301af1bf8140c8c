import { afterEach } from 'vitest';
import { createLocalShard, type LocalShard } from '../../../attention/local-shard.ts';
import { kvLayout } from '../../../kv/layout.ts';
import type { AttentionShard, KvShape, Partials, ShardStep } from '../../../ports.ts';
import { BLOCK_TOKENS } from '../../../ports.ts';
import { connectShard, type ConnectShardOptions } from '../data/connect-shard.ts';
import type { RemoteShard } from '../data/remote-shard.ts';
import { serveShard, type ServeShardOptions, type ShardServer } from '../data/serve-shard.ts';
import type { CountedShard, SharedShard } from '../data/shared-shard.ts';

export const KV: KvShape = { layers: 2, heads: 4, kvHeads: 2, headDim: 8, type: 'bf16' };
export const BLOCKS = 12;
export const EVERYTHING = { mayUse: () => true, version: 0 };

const cleanups: (() => unknown)[] = [];

/** Call it at the top of a file that uses `serve` and `join`. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
}

export function later(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export function localShard(id = 'lender/0'): LocalShard {
  return createLocalShard({ id, kv: KV, maxBytes: BLOCKS * kvLayout(KV).blockBytes });
}

export async function serve(
  shard: CountedShard | SharedShard = localShard(),
  options: Partial<ServeShardOptions> = {},
): Promise<ShardServer> {
  const server = await serveShard(shard, {
    instance: 'lender',
    host: '127.0.0.1',
    port: 0,
    secret: 's',
    tls: null,
    leases: EVERYTHING,
    ...options,
  });
  later(() => server.close());
  return server;
}

export async function join(port: number, options: Partial<ConnectShardOptions> = {}): Promise<RemoteShard> {
  const shard = await connectShard({
    id: 'lender/0',
    host: '127.0.0.1',
    port,
    secret: 's',
    tls: null,
    kv: KV,
    instance: 'runner',
    timeoutMs: 20_000,
    ...options,
  });
  later(() => shard.close());
  return shard;
}

/** One sequence of the tests, in blocks of its own. */
export interface Sequence {
  readonly blocks: Int32Array;
  readonly seed: number;
  readonly length: number;
}

/** A step that attends to what the sequence has and appends `count` tokens to it. */
export function stepOf({ blocks, length }: Sequence, count: number): ShardStep {
  const positions = Int32Array.from({ length: count }, (_, index) => length + index);
  const held = blocks.slice(0, Math.ceil(length / BLOCK_TOKENS));
  return {
    rows: count,
    jobs: length > 0 ? [{ firstRow: 0, rowCount: count, blocks: held, tokens: length }] : [],
    writes: {
      blocks: positions.map((position) => blocks[Math.floor(position / BLOCK_TOKENS)] ?? -1),
      slots: positions.map((position) => position % BLOCK_TOKENS),
    },
  };
}

/** Its values depend on the sequence, the position and the layer alone. */
export function numbers(sequence: Sequence, count: number, what: number, width: number): Float32Array {
  const { seed, length } = sequence;
  return Float32Array.from({ length: count * width }, (_, index) =>
    Math.sin(12.9898 * (seed * 977 + (length * width + index) * 7 + what * 31)),
  );
}

/** Does one step, as a runner does it. */
export async function runStep(shard: AttentionShard, sequence: Sequence, count: number): Promise<Partials[]> {
  const { kv } = shard;
  const step = stepOf(sequence, count);
  const partials: Partials[] = [];
  shard.begin(step);
  for (let layer = 0; layer < kv.layers; layer++) {
    const values = (what: number, heads: number): Float32Array =>
      numbers(sequence, count, 10 * layer + what, heads * kv.headDim);
    const pending = step.jobs.length > 0 ? shard.attend(layer, values(0, kv.heads)) : null;
    if (pending) partials.push(copy(await pending.ready()));
    shard.append(layer, values(1, kv.kvHeads), values(2, kv.kvHeads));
  }
  await shard.end().ready();
  return partials;
}

export function copy({ m, e, ma }: Partials): Partials {
  return { m: m.slice(), e: e.slice(), ma: ma.slice() };
}

/** Grows a sequence by steps of these sizes, and tells all partials. */
export async function runSteps(
  shard: AttentionShard,
  start: Sequence,
  counts: readonly number[],
): Promise<Partials[]> {
  const all: Partials[] = [];
  let sequence = start;
  for (const count of counts) {
    all.push(...(await runStep(shard, sequence, count)));
    sequence = { ...sequence, length: sequence.length + count };
  }
  return all;
}
