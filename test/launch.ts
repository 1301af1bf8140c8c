import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../bin/infinite-llm.mjs', import.meta.url));
const BUILT = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** Hooks that start a gateway need this long a timeout: the first start makes a store, which takes seconds of work. */
export const LONGEST_START_MS = 120_000;
const LONGEST_STOP_MS = 30_000;

export interface Running {
  /** `http://127.0.0.1:1234`, as the program printed it. */
  readonly origin: string;
  /** Everything that it printed so far. */
  output(): string;
  /** Sends SIGTERM. @throws Error when the program does not end by itself */
  stop(): Promise<void>;
  /** Sends SIGKILL, as a crash would end it. */
  kill(): Promise<void>;
}

/**
 * Runs the built program until it is ready for calls. It sees no other environment than `env`.
 * @throws Error with what it printed, when it does not become ready
 */
export async function launch(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  if (!existsSync(BUILT)) throw new Error('the program is not built; run "npm run build"');
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const until = Date.now() + LONGEST_START_MS;
  for (;;) {
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
    if (origin && (await isReady(origin)))
      return { origin, output: () => printed, stop: () => end(child), kill: () => kill(child) };
    if (child.exitCode !== null || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`the program did not become ready:\n${printed}`);
    }
    await pause(50);
  }
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const inTime = await Promise.race([ended.then(() => true), pause(LONGEST_STOP_MS).then(() => false)]);
  if (inTime) return;
  child.kill('SIGKILL');
  throw new Error(`the program did not end within ${LONGEST_STOP_MS} ms of SIGTERM`);
}
