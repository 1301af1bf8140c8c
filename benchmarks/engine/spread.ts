/**
 * What spreading KV over processes costs: the same KV held by four lenders, and by four workers of the engine's own process, on
 * the same cores, in turns.
 *
 *     node spread.js [--model FILE] [--lengths 16384,65536] [--rounds 3] [--tokens 32]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kvBytesPerToken } from '../../src/engine/kv/layout.ts';
import { openModel } from '../../src/engine/models/index.ts';
import { BLOCK_TOKENS } from '../../src/engine/ports.ts';
import { kvShapeOf } from '../../src/engine/runner/runner.ts';
import { randomOf } from '../../src/engine/models/testing/random.contract.ts';
import { writeInductionModel } from '../../test/engine/induction.ts';
import { type Cluster, complete, type Completion, startCluster } from './cluster.ts';
import { median } from './subject.ts';
import { saveReport } from './report.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string' },
    lengths: { type: 'string', default: '16384,65536' },
    rounds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '32' },
  },
});
const lengths = flags.lengths.split(',').map(Number);
const tokens = Number(flags.tokens);
const dir = mkdtempSync(join(tmpdir(), 'infinite-llm-spread-'));
const path = flags.model ?? writeInductionModel(dir);
const model = openModel(path);
const kv = kvShapeOf(model, 'bf16');
model.close();
const blockBytes = BLOCK_TOKENS * kvBytesPerToken(kv);
const blocks = Math.ceil((Math.max(...lengths) + tokens) / BLOCK_TOKENS) + 4;

/** Texts differ from round to round, so that none finds the KV of another. */
function text(length: number, round: number): number[] {
  const random = randomOf(length + round);
  return Array.from({ length }, () => 3 + Math.floor(random() * 250));
}

const results: object[] = [];
try {
  const together = await startCluster({ model: path, kvBytes: blocks * blockBytes, threads: 4 });
  // The engine itself has room for one block, so that the lenders hold all.
  const apart = await startCluster({ model: path, kvBytes: blockBytes });
  for (let i = 0; i < 4; i++) await apart.lend(Math.ceil(blocks / 4 + 1) * blockBytes);
  for (const length of lengths) {
    const rounds: { together: Completion; apart: Completion }[] = [];
    for (let round = 0; round < Number(flags.rounds); round++) {
      const run = async (cluster: Cluster): Promise<Completion> =>
        complete(cluster, text(length, round), tokens);
      const first = round % 2 === 0 ? await run(together) : null;
      const other = await run(apart);
      rounds.push({ together: first ?? (await run(together)), apart: other });
      process.stderr.write(`${length} tokens: ${JSON.stringify(rounds.at(-1))}\n`);
    }
    const of = (what: 'ttftMs' | 'tpotMs') => ({
      together: median(rounds.map((each) => each.together[what])),
      apart: median(rounds.map((each) => each.apart[what])),
      apartToTogether: median(rounds.map((each) => each.apart[what] / each.together[what])),
    });
    results.push({
      length,
      sameAnswers: rounds.every((each) => each.apart.text === each.together.text),
      ttftMs: of('ttftMs'),
      tpotMs: of('tpotMs'),
    });
  }
  await Promise.all([together.stop(), apart.stop()]);
  saveReport('spread', { kv, rounds: Number(flags.rounds), results });
} finally {
  rmSync(dir, { recursive: true, force: true });
}
