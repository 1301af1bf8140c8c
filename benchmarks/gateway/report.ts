import { cpus, totalmem } from 'node:os';
import type { LoadResult } from './load.ts';
import { LATENCY_RATE, type Memory, type Sizes, type Throughput } from './scenarios.ts';

export interface SubjectRuns {
  readonly version: string;
  readonly json: Throughput[];
  readonly stream: Throughput[];
  /** Null in rounds in which the subject could not serve the rate. */
  readonly latency: (LoadResult['latencyMs'] | null)[];
  memory: Memory | null;
}

export interface Results {
  readonly startedAt: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly node: string;
  };
  readonly pinned: boolean;
  readonly sizes: Sizes;
  readonly subjects: Record<string, SubjectRuns>;
  /** Subjects that could not run, and why. */
  readonly skipped: Record<string, string>;
}

export function machine(): Results['machine'] {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Medians of the rounds; each ratio is the median of the rounds' own ratios, since rounds differ by what else ran. */
export function markdown(results: Results): string {
  const { machine, subjects, skipped, sizes, pinned } = results;
  const bare = subjects['bare proxy'];
  const direct = subjects['direct'];
  const rows = Object.entries(subjects)
    .filter(([name]) => name !== 'direct')
    .map(([name, runs]) => [
      runs.version ? `${name} ${runs.version}` : name,
      count(runs.json),
      ratio(runs.json, bare?.json),
      count(runs.stream),
      ratio(runs.stream, bare?.stream),
      added(runs, direct, 'p50'),
      added(runs, direct, 'p99'),
      runs.memory ? `${runs.memory.slopeBytesPerCall.toFixed(1)} B/call` : '',
    ]);
  const head = [
    '',
    '1 KB calls per CPU-second',
    'to bare',
    '50-chunk streams per CPU-second',
    'to bare',
    'added p50',
    'added p99',
    'RSS slope',
  ];
  return [
    `${results.startedAt}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; ${sizes.rounds} interleaved rounds${pinned ? ', subject pinned to one core' : ', NOT pinned (one core only)'}.`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    ...Object.entries(skipped).map(([name, why]) => `\n${name} was skipped: ${why}`),
    '',
  ].join('\n');
}

function count(runs: readonly Throughput[]): string {
  const value = median(runs.map(({ callsPerCpuSecond }) => callsPerCpuSecond));
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en') : 'too few to measure';
}

function ratio(runs: readonly Throughput[], yardstick: readonly Throughput[] | undefined): string {
  const ratios = runs.map(
    (run, round) => run.callsPerCpuSecond / (yardstick?.[round]?.callsPerCpuSecond ?? Number.NaN),
  );
  const value = median(ratios);
  return Number.isFinite(value) ? value.toFixed(3) : '';
}

function added(runs: SubjectRuns, direct: SubjectRuns | undefined, quantile: 'p50' | 'p99'): string {
  const differences = runs.latency.flatMap((run, round) => {
    const without = direct?.latency[round];
    return run && without ? [run[quantile] - without[quantile]] : [];
  });
  if (differences.length === 0) return `under ${LATENCY_RATE}/s`;
  const value = median(differences);
  return Number.isFinite(value) ? `${value.toFixed(2)} ms` : '';
}
