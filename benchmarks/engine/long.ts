/**
 * Contexts that no single process holds: each process has a quarter of the memory that the longest needs; one alone refuses
 * it, four together find a key hidden anywhere in it. The model is an induction head, so that a wrong KV anywhere shows.
 *
 *     node long.js [--lengths 4096,32768,131072] [--depths 0,0.5,1] [--kv bf16|int8]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kvBytesPerToken } from '../../src/engine/kv/layout.ts';
import { openModel } from '../../src/engine/models/index.ts';
import { BLOCK_TOKENS } from '../../src/engine/ports.ts';
import { kvShapeOf } from '../../src/engine/runner/runner.ts';
import { openTokenizer } from '../../src/engine/tokens/index.ts';
import { passkeyPrompt, writeInductionModel } from '../../test/engine/induction.ts';
import { type Cluster, complete, startCluster } from './cluster.ts';
import { saveReport } from './report.ts';

const { values: flags } = parseArgs({
  options: {
    lengths: { type: 'string', default: '4096,32768,131072' },
    depths: { type: 'string', default: '0,0.5,1' },
    kv: { type: 'string', default: 'bf16' },
  },
});
const lengths = flags.lengths.split(',').map(Number);
const depths = flags.depths.split(',').map(Number);
const kvType = flags.kv === 'int8' ? 'int8' : 'bf16';
const ANSWER = 8;

const dir = mkdtempSync(join(tmpdir(), 'infinite-llm-long-'));
const path = writeInductionModel(dir);
const model = openModel(path);
const tokenizer = openTokenizer(model.tokenizer);
const bytesPerToken = kvBytesPerToken(kvShapeOf(model, kvType));
model.close();
const longest = Math.max(...lengths) + ANSWER;
const quarter = Math.ceil(longest / BLOCK_TOKENS / 4 + 1) * BLOCK_TOKENS * bytesPerToken;

/** The longest prompt that is taken; those of a block more are refused at once. */
async function capacity(cluster: Cluster): Promise<number> {
  let low = 1;
  let high = 2 * longest;
  while (high - low > BLOCK_TOKENS / 2) {
    const middle = Math.floor((low + high) / 2);
    if (await isTaken(cluster, middle)) low = middle;
    else high = middle;
  }
  return low;
}

async function isTaken(cluster: Cluster, tokens: number): Promise<boolean> {
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), 1_500);
  try {
    await complete(cluster, passkeyPrompt(tokens, 0.5, 1).prompt, 1, enough.signal);
    return true;
  } catch (error) {
    // Still computing when it was given up: it was taken.
    if (enough.signal.aborted) return true;
    if (String(error).startsWith('Error: 503')) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const cluster = await startCluster({ model: path, kvBytes: quarter, kvType });
try {
  const capacities = [await capacity(cluster)];
  const refusal = await complete(cluster, passkeyPrompt(longest - ANSWER, 0.5, 1).prompt, ANSWER).then(
    () => 'not refused',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  process.stderr.write(`alone: ${capacities[0]} tokens; ${refusal}\n`);
  for (let lenders = 1; lenders <= 3; lenders++) {
    await cluster.lend(quarter);
    capacities.push(await capacity(cluster));
    process.stderr.write(`${lenders} lenders: ${capacities[lenders]} tokens\n`);
  }
  const found: object[] = [];
  for (const length of lengths)
    for (const depth of depths) {
      const { prompt, key } = passkeyPrompt(length, depth, length + Math.round(100 * depth));
      const { text, ttftMs, tpotMs } = await complete(cluster, prompt, ANSWER);
      const isFound = text === tokenizer.decode([...key]);
      found.push({ length, depth, isFound, ttftMs: Math.round(ttftMs), tpotMs: Math.round(tpotMs) });
      process.stderr.write(
        `${length} tokens, depth ${depth}: ${isFound ? 'found' : 'NOT FOUND'}, ${Math.round(ttftMs)} ms\n`,
      );
    }
  saveReport('long', {
    kvType,
    bytesPerToken,
    kvBytesOfEachProcess: quarter,
    alone: refusal,
    capacityTokensByLenders: capacities,
    growthToLinear: capacities.map((tokens, lenders) => tokens / ((capacities[0] ?? 1) * (lenders + 1))),
    found,
  });
} finally {
  await cluster.stop();
  rmSync(dir, { recursive: true, force: true });
}
