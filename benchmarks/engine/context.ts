/**
 * Contexts on disk: how much smaller the KV of real text becomes, what that does to the next token, and how much sooner a
 * long text is ready than by prefill.
 *
 *     node context.js --model FILE [--text FILE] [--documents 4] [--from 0] [--prefix 1024] [--positions 500] [--long 4096]
 *                     [--step 0.085]… [--even]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHUNK_BLOCKS, chunkCodec } from '../../src/engine/context/chunk-codec.ts';
import { startCodecThread } from '../../src/engine/context/codec-thread.ts';
import { kvModelOf, usualFineness } from '../../src/engine/context/kv-model.ts';
import type { Fineness } from '../../src/engine/context/steps.ts';
import { openModel } from '../../src/engine/models/index.ts';
import { BLOCK_TOKENS, type BlockRef } from '../../src/engine/ports.ts';
import { openCausalAttention } from '../../src/engine/attention/causal.ts';
import { createLocalShard } from '../../src/engine/attention/local-shard.ts';
import { createRunner, kvShapeOf } from '../../src/engine/runner/runner.ts';
import { selfAttention } from '../../src/engine/runner/self-attention.ts';
import { openTokenizer } from '../../src/engine/tokens/index.ts';
import { agreement, cpuSeconds, repositoryText, saveReport } from './report.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string' },
    text: { type: 'string' },
    documents: { type: 'string', default: '4' },
    // The first one, for runs that are parted.
    from: { type: 'string', default: '0' },
    prefix: { type: 'string', default: '1024' },
    positions: { type: 'string', default: '500' },
    long: { type: 'string', default: '4096' },
    step: { type: 'string', multiple: true },
    // As for a model whose heads were not measured.
    even: { type: 'boolean', default: false },
    kv: { type: 'string', default: 'bf16' },
    // Inputs of products are not rounded to 8 bits, whose own noise is larger than what is measured; slow.
    exact: { type: 'boolean', default: false },
  },
});
if (!flags.model) throw new Error('say --model FILE, a GGUF file such as "infinite-llm models pull" gets');
const documents = Number(flags.documents);
const from = Number(flags.from);
const prefix = Number(flags.prefix);
const positions = Number(flags.positions);
const long = Number(flags.long);
const model = openModel(flags.model);
const tokenizer = openTokenizer(model.tokenizer);
const text = flags.text ? readFileSync(flags.text, 'utf8') : repositoryText();
const tokens = tokenizer.encode(text);
const needed = Math.max((from + documents) * (prefix + positions), long + 1);
if (tokens.length < needed) throw new Error(`the text has ${tokens.length} tokens, ${needed} are needed`);

const kv = kvShapeOf(model, flags.kv === 'int8' ? 'int8' : 'bf16');
const shard = 'benchmark/0';
const local = createLocalShard({ id: shard, kv, maxBytes: 1.5 * 2 ** 30 });
const runner = createRunner(model, kv, {
  selfAttention: selfAttention(kv, openCausalAttention(kv)),
  round: (values) => local.round(values),
  arithmetic: flags.exact ? 'exact' : 'fast',
});
runner.add(local, 'here');
const kvModel = kvModelOf(model, kv);
const grid = (flags.step ?? [undefined]).map((step): Fineness => {
  const usual = usualFineness(model, step === undefined ? undefined : Number(step));
  return flags.even ? { ...usual, table: null } : usual;
});
const blockOf = (first: number, count: number): BlockRef[] =>
  Array.from({ length: count }, (_, i) => ({ shard, block: first + i }));
const PART = 128;

/** Computes KV, and gives the logits of rows from `logitsFrom`. */
async function feed(
  all: readonly number[],
  from: number,
  blocks: readonly BlockRef[],
  logitsFrom: number,
): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (let start = from; start < all.length; ) {
    const count = Math.min(start < logitsFrom ? Math.min(512, logitsFrom - start) : PART, all.length - start);
    const wanted = start >= logitsFrom;
    const slice = {
      tokens: Int32Array.from(all.slice(start, start + count)),
      start,
      blocks: blocks.slice(0, Math.ceil((start + count) / BLOCK_TOKENS)),
      logits: wanted ? ('all' as const) : ('none' as const),
    };
    const [logits] = await runner.run([slice]);
    if (logits)
      for (let i = 0; i < count; i++)
        rows.push(logits.slice(i * runner.vocabSize, (i + 1) * runner.vocabSize));
    start += count;
  }
  return rows;
}

const perDocument = Math.ceil((prefix + positions) / BLOCK_TOKENS);
const results = grid.map((fineness) => ({ fineness, compressed: 0, raw: 0, agreed: 0, positions: 0, kl: 0 }));
for (let document = from; document < from + documents; document++) {
  const all = tokens.slice(document * (prefix + positions), (document + 1) * (prefix + positions));
  const own = blockOf(0, perDocument);
  const before = await feed(all, 0, own, prefix);
  const saved = await Promise.all(own.slice(0, prefix / BLOCK_TOKENS).map((ref) => runner.readBlock(ref)));
  for (const result of results) {
    const codec = chunkCodec(kvModel, result.fineness);
    const copy = blockOf(perDocument, perDocument);
    for (let i = 0; i < saved.length; i += CHUNK_BLOCKS) {
      const some = saved.slice(i, i + CHUNK_BLOCKS);
      const bytes = codec.encode(some, i * BLOCK_TOKENS);
      result.compressed += bytes.length;
      result.raw +=
        some.length * BLOCK_TOKENS * 2 * runner.kv.layers * runner.kv.kvHeads * runner.kv.headDim * 2;
      for (const [j, block] of codec.decode(bytes, some.length, i * BLOCK_TOKENS).entries()) {
        const ref = copy[i + j];
        if (ref) await runner.writeBlock(ref, block);
      }
    }
    const after = await feed(all, prefix, copy, prefix);
    for (const [i, row] of after.entries()) {
      const { same, kl } = agreement(before[i] ?? row, row);
      result.agreed += same ? 1 : 0;
      result.kl += kl;
      result.positions += 1;
    }
    process.stderr.write(
      `document ${document + 1} ${result.fineness.table ? 'measured' : 'even'} steps ${result.fineness.step}: ` +
        `${(result.raw / result.compressed).toFixed(2)} x smaller, ${((100 * result.agreed) / result.positions).toFixed(2)} % same\n`,
    );
  }
}

// A long text: prefill against loading, in CPU time of the whole process.
const blocks = blockOf(0, long / BLOCK_TOKENS);
const prefillStart = cpuSeconds();
await feed(tokens.slice(0, long), 0, blocks, long);
const prefill = cpuSeconds() - prefillStart;
const codec = chunkCodec(kvModel, grid[0]);
const chunks: Uint8Array[] = [];
const encodeStart = cpuSeconds();
for (let i = 0; i < blocks.length; i += CHUNK_BLOCKS)
  chunks.push(
    codec.encode(
      await Promise.all(blocks.slice(i, i + CHUNK_BLOCKS).map((ref) => runner.readBlock(ref))),
      i * BLOCK_TOKENS,
    ),
  );
const encode = cpuSeconds() - encodeStart;
// In a thread that has just begun, as the engine loads: what the weights tell is computed anew, saving's garbage is not there.
const loadStart = cpuSeconds();
const reader = startCodecThread({ kv, rope: model.rope, modelPath: flags.model });
for (const [i, chunk] of chunks.entries()) {
  const first = CHUNK_BLOCKS * i;
  const count = Math.min(CHUNK_BLOCKS, blocks.length - first);
  for (const [j, block] of (await reader.decode(chunk, count, first * BLOCK_TOKENS)).entries()) {
    const ref = blocks[first + j];
    if (ref) await runner.writeBlock(ref, block);
  }
}
const load = cpuSeconds() - loadStart;
await reader.close();
await runner.close();
model.close();

saveReport('context', {
  kv: runner.kv,
  exactProducts: flags.exact,
  documents,
  prefixTokens: prefix,
  results: results.map((result) => ({
    step: result.fineness.step,
    steps: result.fineness.table ? 'measured' : 'even',
    timesSmallerThanBf16: result.raw / result.compressed,
    bitsPerNumber: (16 * result.compressed) / result.raw,
    sameNextToken: result.agreed / result.positions,
    positions: result.positions,
    meanKl: result.kl / result.positions,
  })),
  longTokens: long,
  cpuSecondsOfPrefill: prefill,
  cpuSecondsOfSaving: encode,
  cpuSecondsOfLoading: load,
  prefillToLoading: prefill / load,
});
