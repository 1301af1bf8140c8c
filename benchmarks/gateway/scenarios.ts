import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LoadOptions, LoadResult } from './load.ts';
import { CORES, cpuSeconds, rssBytes } from './processes.ts';
import type { Subject } from './subjects.ts';

export interface Sizes {
  readonly rounds: number;
  readonly seconds: number;
  /** A bound on calls beside the seconds, for smoke runs. */
  readonly calls: number;
  readonly latencySeconds: number;
  readonly memoryCalls: number;
}

export const FULL: Sizes = {
  rounds: 5,
  seconds: 8,
  calls: Number.MAX_SAFE_INTEGER,
  latencySeconds: 20,
  memoryCalls: 200_000,
};
export const SMOKE: Sizes = { rounds: 1, seconds: 10, calls: 300, latencySeconds: 1, memoryCalls: 600 };

export interface Throughput {
  readonly calls: number;
  readonly cpuSeconds: number;
  readonly callsPerCpuSecond: number;
  readonly seconds: number;
}

export interface Memory {
  readonly calls: number;
  /** Resident megabytes after so many calls. */
  readonly samples: readonly { readonly calls: number; readonly rssMb: number }[];
  /** Bytes a call by which the resident size grows, least squares over the second half. */
  readonly slopeBytesPerCall: number;
}

/** Calls a second at which latency is measured. A subject that cannot serve many more has a queue and no latency. */
export const LATENCY_RATE = 200;
const JSON_CONNECTIONS = 16;
const STREAM_CONNECTIONS = 64;
/** What is done after the last answer, such as writing the ledger, counts as the calls' work. */
const AFTERWORK_MS = 1_500;

/** Calls in a closed loop, by the CPU time that the subject's process took for them. */
export async function throughput(subject: Subject, stream: boolean, sizes: Sizes): Promise<Throughput> {
  const connections = stream ? STREAM_CONNECTIONS : JSON_CONNECTIONS;
  const before = cpuSeconds(subject.pid);
  const { calls, seconds } = await load(subject, {
    stream,
    connections,
    seconds: sizes.seconds,
    calls: sizes.calls,
  });
  await sleep(AFTERWORK_MS);
  const used = cpuSeconds(subject.pid) - before;
  return { calls, cpuSeconds: used, callsPerCpuSecond: calls / used, seconds };
}

/** Milliseconds a call takes at that rate. */
export async function latency(subject: Subject, sizes: Sizes): Promise<LoadResult['latencyMs']> {
  const options = { stream: false, connections: 32, rate: LATENCY_RATE, seconds: sizes.latencySeconds };
  return (await load(subject, options)).latencyMs;
}

/** The resident size while many calls go through. */
export async function memory(subject: Subject, sizes: Sizes): Promise<Memory> {
  const steps = 50;
  const step = Math.ceil(sizes.memoryCalls / steps);
  const samples = [{ calls: 0, rssMb: rssBytes(subject.pid) / 1e6 }];
  for (let calls = step; calls <= sizes.memoryCalls; calls += step) {
    await load(subject, { stream: false, connections: JSON_CONNECTIONS, calls: step });
    samples.push({ calls, rssMb: rssBytes(subject.pid) / 1e6 });
  }
  return { calls: sizes.memoryCalls, samples, slopeBytesPerCall: slope(samples.slice(samples.length / 2)) };
}

function slope(samples: Memory['samples']): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const x = mean(samples.map(({ calls }) => calls));
  const y = mean(samples.map(({ rssMb }) => rssMb));
  const over = samples.reduce((sum, sample) => sum + (sample.calls - x) * (sample.rssMb - y), 0);
  const under = samples.reduce((sum, sample) => sum + (sample.calls - x) ** 2, 0);
  return (over / under) * 1e6;
}

/** @throws Error when any call failed: a comparison of errors says nothing */
async function load(
  { name, origin, headers }: Subject,
  how: Omit<LoadOptions, 'origin' | 'headers' | 'path'>,
): Promise<LoadResult> {
  const options: LoadOptions = { origin, path: '/v1/chat/completions', headers, ...how };
  const script = [process.execPath, join(import.meta.dirname, 'load.js'), JSON.stringify(options)];
  const [command = '', ...args] = CORES ? ['taskset', '-c', String(CORES.rest), ...script] : script;
  const { stdout } = await promisify(execFile)(command, args);
  const result = JSON.parse(stdout) as LoadResult;
  if (result.failures > 0)
    throw new Error(`${name}: ${result.failures} of ${result.calls} calls failed: ${result.firstFailure}`);
  return result;
}
