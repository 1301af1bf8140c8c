/**
 * Compares the gateway with a bare proxy and with its peers. See README.md.
 *
 *     node run.js [--smoke] [--only bare,infinite-llm] [--skip-memory] [--rounds 5] [--seconds 8] [--memory-calls 200000]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CORES, launch } from './processes.ts';
import { machine, markdown, type Results, type SubjectRuns } from './report.ts';
import { FULL, LATENCY_RATE, latency, memory, SMOKE, throughput } from './scenarios.ts';
import { direct, RESULTS, type Subject, SUBJECTS } from './subjects.ts';

const { values: flags } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(SUBJECTS).join(',') },
    'skip-memory': { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    'memory-calls': { type: 'string' },
  },
});
const usual = flags.smoke ? SMOKE : FULL;
const sizes = {
  ...usual,
  rounds: Number(flags.rounds ?? usual.rounds),
  seconds: Number(flags.seconds ?? usual.seconds),
  latencySeconds: flags.seconds === undefined ? usual.latencySeconds : Number(flags.seconds) * 2,
  memoryCalls: Number(flags['memory-calls'] ?? usual.memoryCalls),
};
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const mock = launch({ command: process.execPath, args: [join(import.meta.dirname, 'mock.js')] }, 'rest');
const running: Subject[] = [];
const results: Results = {
  startedAt: new Date().toISOString(),
  machine: machine(),
  pinned: CORES !== null,
  sizes,
  subjects: {},
  skipped: {},
};

try {
  await startAll(await mockPort());
  for (let round = 1; round <= sizes.rounds; round++) {
    for (const subject of inTurn(round)) {
      say(`round ${round} of ${sizes.rounds}: ${subject.name}`);
      await measure(subject, round);
    }
  }
  const ours = running.find(({ name }) => name === 'infinite-llm');
  const runs = ours && results.subjects[ours.name];
  if (ours && runs && !flags['skip-memory']) {
    say(`memory: ${sizes.memoryCalls} calls`);
    runs.memory = await memory(ours, sizes);
  }
} finally {
  for (const subject of running) await subject.stop();
  await mock.stop();
}

const report = markdown(results);
console.log(report);
if (!flags.smoke) {
  mkdirSync(RESULTS, { recursive: true });
  const name = results.startedAt.slice(0, 16).replace(':', '-');
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(RESULTS, `${name}.md`), report);
}

async function mockPort(): Promise<number> {
  while (!/^\d+\n/.test(mock.output())) await sleep(20);
  return Number(mock.output());
}

async function startAll(port: number): Promise<void> {
  running.push(await direct(port));
  for (const name of flags.only.split(',')) {
    const start = SUBJECTS[name];
    if (!start)
      throw new Error(`there is no subject "${name}"; there are ${Object.keys(SUBJECTS).join(', ')}`);
    say(`starting ${name}`);
    try {
      const subject = await start(port);
      running.push(subject);
      // Compiled, connected and filled before anything is measured.
      await throughput(subject, false, { ...sizes, seconds: 3, calls: Math.min(sizes.calls, 20_000) });
      await throughput(subject, true, { ...sizes, seconds: 3, calls: Math.min(sizes.calls, 2_000) });
    } catch (error) {
      results.skipped[name] = error instanceof Error ? error.message : String(error);
      say(`${name} is skipped: ${results.skipped[name]}`);
    }
  }
}

/** Every round begins with another subject, so that none is always the first after a pause. */
function inTurn(round: number): readonly Subject[] {
  const able = running.filter(({ name }) => !(name in results.skipped));
  const first = round % able.length;
  return [...able.slice(first), ...able.slice(0, first)];
}

async function measure(subject: Subject, round: number): Promise<void> {
  const runs: SubjectRuns = (results.subjects[subject.name] ??= {
    version: subject.version,
    json: [],
    stream: [],
    latency: [],
    memory: null,
  });
  if (subject.pid !== 0) {
    runs.json[round - 1] = await throughput(subject, false, sizes);
    runs.stream[round - 1] = await throughput(subject, true, sizes);
  }
  const capacity = runs.json.at(-1);
  runs.latency[round - 1] =
    capacity && capacity.calls / capacity.seconds < 1.5 * LATENCY_RATE ? null : await latency(subject, sizes);
}
