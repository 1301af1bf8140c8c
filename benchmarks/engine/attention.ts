/**
 * The attention kernels over synthetic KV: one layer of decode against what the memory gives when it is only read, prefill,
 * two threads against one, and a decode over a million tokens that is checked against fp64.
 *
 *     node attention.js [--rounds 7] [--tokens 16384,131072] [--million 1]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createLocalShard } from '../../src/engine/attention/local-shard.ts';
import { addPartials, emptyPartials, finishPartials } from '../../src/engine/attention/partials.ts';
import { attention, rounded } from '../../src/engine/attention/reference.ts';
import { startShardThread } from '../../src/engine/attention/shard-thread.ts';
import { kvBytesPerToken, kvLayout } from '../../src/engine/kv/layout.ts';
import { type AttentionShard, BLOCK_TOKENS, type KvShape, type Partials } from '../../src/engine/ports.ts';
import { cpuMs, median, option } from './subject.ts';

const rounds = Number(option('rounds', '7'));
const contexts = option('tokens', '16384,131072').split(',').map(Number);
const PREFILL_ROWS = 512;
/** Blocks that differ; the others are copies. */
const DISTINCT = 16;
const SHAPES: readonly Pick<KvShape, 'heads' | 'kvHeads' | 'headDim'>[] = [
  { heads: 9, kvHeads: 3, headDim: 64 },
  { heads: 32, kvHeads: 8, headDim: 128 },
];

const results: object[] = [];
const note = (result: object): void => {
  results.push(result);
  process.stdout.write(`${JSON.stringify(result)}\n`);
};

for (const part of SHAPES)
  for (const type of ['bf16', 'int8'] as const)
    for (const tokens of contexts) await measure({ layers: 1, type, ...part }, tokens);
if (option('million', '1') === '1')
  await million({ layers: 1, heads: 9, kvHeads: 3, headDim: 64, type: 'int8' }, 2 ** 20);
save();

async function measure(kv: KvShape, tokens: number): Promise<void> {
  const shards = await twoShards(kv, tokens);
  const bytes = tokens * kvBytesPerToken(kv);
  const scanned = Buffer.alloc(bytes, 1);
  const q = wave(kv.heads * kv.headDim, 0.3);
  const many = wave(PREFILL_ROWS * kv.heads * kv.headDim, 0.3);
  const gflop = (4 * PREFILL_ROWS * kv.heads * kv.headDim * tokens) / 1e9;
  const runs = { readMs: [], oneMs: [], oneCpuMs: [], twoMs: [], prefillCpuMs: [] } as Record<
    string,
    number[]
  >;
  const keep = (name: string, value: number): void => void runs[name]?.push(value);
  for (let round = 0; round <= rounds; round++) {
    const read = timed(() => scanned.indexOf(2));
    const one = await timedAsync(() => attendAll([shards[0]], q, 1, [tokens]));
    const two = await timedAsync(() => attendAll(shards, q, 1, [tokens / 2, tokens / 2]));
    const prefill =
      tokens <= 16_384 ? await timedAsync(() => attendAll([shards[0]], many, PREFILL_ROWS, [tokens])) : null;
    if (round === 0) continue;
    keep('readMs', read.wallMs);
    keep('oneMs', one.wallMs);
    keep('oneCpuMs', one.cpuMs);
    keep('twoMs', two.wallMs);
    if (prefill) keep('prefillCpuMs', prefill.cpuMs);
  }
  for (const shard of shards) await shard.close();
  const best = (name: string): number => Math.min(...(runs[name] ?? []));
  const ratio = (a: string, b: string): number =>
    median((runs[a] ?? []).map((value, round) => value / (runs[b]?.[round] ?? Number.NaN)));
  note({
    ...kv,
    tokens,
    decodeMs: two(best('oneCpuMs')),
    decodeGbPerSecond: two(bytes / best('oneCpuMs') / 1e6),
    readGbPerSecond: two(bytes / best('readMs') / 1e6),
    timesRead: two(ratio('oneMs', 'readMs')),
    twoThreadsSpeedup: two(ratio('oneMs', 'twoMs')),
    ...(runs['prefillCpuMs']?.length && {
      prefillGflopPerCpuSecond: two((gflop / best('prefillCpuMs')) * 1e3),
    }),
  });
}

/** All of the context in one shard of this thread, and its second half in one of another thread. */
async function twoShards(kv: KvShape, tokens: number): Promise<[AttentionShard, AttentionShard]> {
  const maxBytes = (tokens / BLOCK_TOKENS) * kvLayout(kv).blockBytes;
  const here = createLocalShard({ id: 'here/0', kv, maxBytes });
  const there = await startShardThread({ id: 'here/1', kv, maxBytes: maxBytes / 2 });
  await fill(here, tokens / BLOCK_TOKENS);
  await fill(there, tokens / BLOCK_TOKENS / 2);
  return [here, there];
}

/** Writes DISTINCT blocks by appending, and copies them to the others. */
async function fill(shard: AttentionShard, blocks: number): Promise<void> {
  const slots = Int32Array.from({ length: BLOCK_TOKENS }, (_, slot) => slot);
  for (let block = 0; block < Math.min(DISTINCT, blocks); block++) {
    shard.begin({ rows: 0, jobs: [], writes: { blocks: new Int32Array(BLOCK_TOKENS).fill(block), slots } });
    const { k, v } = blockRows(shard.kv, block);
    shard.append(0, k, v);
    await shard.end().ready();
  }
  for (let block = DISTINCT; block < blocks; block++)
    await shard.writeBlock(block, await shard.readBlock(block % DISTINCT));
}

function blockRows({ kvHeads, headDim }: KvShape, block: number): { k: Float32Array; v: Float32Array } {
  const length = BLOCK_TOKENS * kvHeads * headDim;
  return { k: wave(length, 0.71 + 0.013 * block), v: wave(length, 1.37 + 0.017 * block) };
}

/** Shards other than the first work while the first computes in this thread. */
async function attendAll(
  shards: readonly AttentionShard[],
  q: Float32Array,
  rows: number,
  tokens: readonly number[],
): Promise<Partials> {
  const writes = { blocks: new Int32Array(), slots: new Int32Array() };
  const pending = shards
    .map((shard, index) => {
      const count = Math.ceil((tokens[index] ?? 0) / BLOCK_TOKENS);
      const blocks = Int32Array.from({ length: count }, (_, block) => block);
      const job = { firstRow: 0, rowCount: rows, blocks, tokens: tokens[index] ?? 0 };
      shard.begin({ rows, jobs: [job], writes });
      return shard.attend(0, q);
    })
    .map((each) => each.ready());
  const { heads, headDim } = shards[0]?.kv ?? { heads: 0, headDim: 0 };
  const sum = emptyPartials(rows, heads, headDim);
  for (const part of pending) addPartials(sum, await part, heads);
  return sum;
}

/** A context that no model here has: its cost, and its error against fp64 over the same rounded KV. */
async function million(kv: KvShape, tokens: number): Promise<void> {
  const blocks = tokens / BLOCK_TOKENS;
  const shard = createLocalShard({ id: 'here/0', kv, maxBytes: blocks * kvLayout(kv).blockBytes });
  await fill(shard, blocks);
  const q = wave(kv.heads * kv.headDim, 0.3);
  const took: number[] = [];
  let sum = emptyPartials(1, kv.heads, kv.headDim);
  for (let round = 0; round < rounds; round++) {
    const before = cpuMs();
    sum = await attendAll([shard], q, 1, [tokens]);
    took.push(cpuMs() - before);
  }
  const out = new Float32Array(q.length);
  finishPartials(sum, out);
  // Each distinct block is there equally often, so attention over one copy of each is the same.
  const row = kv.kvHeads * kv.headDim;
  const [k, v] = [
    new Float32Array(DISTINCT * BLOCK_TOKENS * row),
    new Float32Array(DISTINCT * BLOCK_TOKENS * row),
  ];
  for (let block = 0; block < DISTINCT; block++) {
    const raw = blockRows(kv, block);
    for (let at = 0; at < raw.k.length; at += kv.headDim) {
      k.set(rounded(raw.k.subarray(at, at + kv.headDim), kv.type), block * raw.k.length + at);
      v.set(rounded(raw.v.subarray(at, at + kv.headDim), kv.type), block * raw.k.length + at);
    }
  }
  const want = attention(q, k, v, kv).out;
  const error = want.reduce((total, x, index) => total + (x - (out[index] ?? Number.NaN)) ** 2, 0);
  const size = want.reduce((total, x) => total + x ** 2, 0);
  await shard.close();
  note({ ...kv, tokens, decodeMs: two(Math.min(...took)), relativeRmsError: Math.sqrt(error / size) });
}

function timed(work: () => unknown): { readonly wallMs: number } {
  const start = performance.now();
  work();
  return { wallMs: performance.now() - start };
}

async function timedAsync(work: () => Promise<unknown>): Promise<{ wallMs: number; cpuMs: number }> {
  const before = cpuMs();
  const start = performance.now();
  await work();
  return { wallMs: performance.now() - start, cpuMs: cpuMs() - before };
}

/** Numbers within ±1 that look random and are the same in every run. */
function wave(length: number, by: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin(index * index * by + by));
}

function two(value: number): number {
  return Math.round(value * 100) / 100;
}

function save(): void {
  const startedAt = new Date().toISOString();
  const folder = join(import.meta.dirname, '../../../engine/results');
  mkdirSync(folder, { recursive: true });
  const report = {
    startedAt,
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    rounds,
    results,
  };
  const name = `attention-${startedAt.slice(0, 16).replace(':', '-')}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify(report, null, 2)}\n`);
}
