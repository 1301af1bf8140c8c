import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const ROOT = findRoot();

function findRoot(): string {
  let dir = import.meta.dirname;
  while (!readdirSync(dir).includes('infinite-llm.schema.json')) dir = join(dir, '..');
  return dir;
}

/** A file of the repository. */
export function fileOf(path: string): string {
  return join(ROOT, path);
}

/** English prose and some code that everyone has: this repository's own documents. */
export function repositoryText(): string {
  const decisions = join(ROOT, 'docs/decisions');
  const files = [
    'README.md',
    'docs/ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'LICENSE',
    ...readdirSync(decisions).map((name) => join('docs/decisions', name)),
    'src/gateway/gateway.ts',
    'src/core/errors.ts',
  ];
  return files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n\n');
}

/** Seconds of CPU of all threads of this process so far. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Whether two rows of logits have the same best token, and KL(before ‖ after) of their distributions in nats. */
export function agreement(before: Float32Array, after: Float32Array): { same: boolean; kl: number } {
  const a = logSum(before);
  const b = logSum(after);
  let kl = 0;
  for (let i = 0; i < before.length; i++) {
    const logP = (before[i] ?? 0) - a.total;
    if (logP > -40) kl += Math.exp(logP) * (logP - ((after[i] ?? 0) - b.total));
  }
  return { same: a.best === b.best, kl };
}

function logSum(row: Float32Array): { best: number; total: number } {
  let best = 0;
  for (let i = 1; i < row.length; i++) if ((row[i] ?? 0) > (row[best] ?? 0)) best = i;
  const most = row[best] ?? 0;
  let sum = 0;
  for (const value of row) sum += Math.exp(value - most);
  return { best, total: most + Math.log(sum) };
}

/** Prints a result and keeps it in results/. */
export function saveReport(name: string, result: object): void {
  const startedAt = new Date().toISOString();
  const report = { startedAt, node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, ...result };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  process.stdout.write(text);
  const dir = join(ROOT, 'benchmarks/engine/results');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `${name}-${startedAt.slice(0, 16).replace(':', '-')}.json`), text);
}
