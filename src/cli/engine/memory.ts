import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { formatBytes } from './arguments.ts';

/** Memory that a process may still take without anything being swapped or killed. */
export interface FreeMemory {
  readonly bytes: number;
  /** What bounds it. */
  readonly bound: 'machine' | 'container';
}

type ReadText = (path: string) => string | null;

const CGROUP = '/sys/fs/cgroup';
/** For everything else that a process needs: its code, buffers, the activations of a step. */
const RESERVE_BYTES = 192 * 1024 ** 2;

/** The smaller of what the machine has free and what the container's limits leave. */
export function freeMemory(read: ReadText = readText, fallback: () => number = freemem): FreeMemory {
  const machine = availableBytes(read('/proc/meminfo')) ?? fallback();
  const container = containerBytes(read);
  return container !== null && container < machine
    ? { bytes: container, bound: 'container' }
    : { bytes: machine, bound: 'machine' };
}

/**
 * Refuses to promise more memory than there is.
 * @param modelBytes of the weights, which are held beside the KV
 * @throws Failure that says how much could be promised
 */
export function checkKvMemory(kvBytes: number, modelBytes: number, free: FreeMemory = freeMemory()): void {
  const most = free.bytes - modelBytes - RESERVE_BYTES;
  if (kvBytes <= most) return;
  const where = free.bound === 'machine' ? 'on this machine' : 'within the limit of this container';
  const model = modelBytes > 0 ? `, of which the model takes ${formatBytes(modelBytes)}` : '';
  const remedy =
    most > 0
      ? `At most ${formatBytes(most)} can be promised: give that, or free memory.`
      : 'Free memory first.';
  throw new Failure(
    `--kv-memory ${formatBytes(kvBytes)} is more than there is: ${formatBytes(free.bytes)} are free ${where}${model}. ${remedy}`,
  );
}

function availableBytes(meminfo: string | null): number | null {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? '')?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** Null without a limit. Every group above counts too: the smallest room is what there is. */
function containerBytes(read: ReadText): number | null {
  const groups = read('/proc/self/cgroup') ?? '';
  const unified = /^0::(\/.*)$/m.exec(groups)?.[1];
  const legacy = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(groups)?.[1];
  const rooms = [
    ...(unified === undefined
      ? []
      : above(unified).map((path) =>
          room(read, join(CGROUP, path), 'memory.max', 'memory.current', /^inactive_file (\d+)$/m),
        )),
    ...(legacy === undefined
      ? []
      : above(legacy).map((path) =>
          room(
            read,
            join(CGROUP, 'memory', path),
            'memory.limit_in_bytes',
            'memory.usage_in_bytes',
            /^total_inactive_file (\d+)$/m,
          ),
        )),
  ].filter((bytes) => bytes !== null);
  return rooms.length === 0 ? null : Math.min(...rooms);
}

/** Memory below a limit; file pages that nobody needs are given up by the kernel before anything else. */
function room(read: ReadText, dir: string, limit: string, usage: string, inactive: RegExp): number | null {
  const most = Number(read(join(dir, limit)) ?? Number.NaN);
  const used = Number(read(join(dir, usage)) ?? Number.NaN);
  if (!Number.isFinite(most) || !Number.isFinite(used)) return null;
  const reclaimable = Number(inactive.exec(read(join(dir, 'memory.stat')) ?? '')?.[1] ?? 0);
  return Math.max(0, most - used + reclaimable);
}

function above(path: string): string[] {
  const paths = [path];
  for (let at = path; at !== '/'; at = dirname(at)) paths.push(dirname(at));
  return paths;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
