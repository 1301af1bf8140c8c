import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** The core of the subject under test, and the one of everything else. */
export const CORES = cpus().length > 1 ? { subject: 0, rest: 1 } : null;

export interface Started {
  readonly pid: number;
  stop(): Promise<void>;
}

interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts a program on one core alone. Its output is kept for the message when it fails. */
export function launch(
  what: Launch,
  core: 'subject' | 'rest',
): Started & { readonly child: ChildProcess; output(): string } {
  const pinned = CORES ? ['taskset', '-c', String(CORES[core]), what.command] : [what.command];
  const [command = '', ...before] = pinned;
  const child = spawn(command, [...before, ...what.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...what.env },
    ...(what.cwd && { cwd: what.cwd }),
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  if (child.pid === undefined) throw new Error(`${what.command} could not be started`);
  const { pid } = child;
  return {
    pid,
    child,
    output: () => output,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await gone;
      clearTimeout(late);
    },
  };
}

/** Waits until something answers HTTP there, or the program has ended. */
export async function answering(
  url: string,
  started: ReturnType<typeof launch>,
  seconds = 120,
): Promise<void> {
  for (let left = seconds * 5; left > 0; left--) {
    if (started.child.exitCode !== null) break;
    try {
      await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).arrayBuffer();
      return;
    } catch {
      await sleep(200);
    }
  }
  throw new Error(`nothing answers at ${url}:\n${started.output()}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Seconds of CPU that a process and its descendants have used, all their threads together. */
export function cpuSeconds(pid: number): number {
  return family(pid).reduce((sum, member) => sum + ownCpuSeconds(member), 0);
}

/** Resident bytes of a process and its descendants. */
export function rssBytes(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${member}/status`))?.[1];
    return sum + Number(kilobytes ?? 0) * 1_024;
  }, 0);
}

/** User and system time since the start, of live and ended threads, in the kernel's ticks of 10 ms. */
function ownCpuSeconds(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function family(pid: number): number[] {
  const members = [pid];
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(
      (name) => [Number(name), Number(read(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ')[1])] as const,
    );
  for (const member of members)
    for (const [child, parent] of parents) if (parent === member) members.push(child);
  return members;
}

/** Empty for a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
