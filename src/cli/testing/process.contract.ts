import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../../bin/infinite-llm.mjs', import.meta.url));
const PATIENCE_MS = 60_000;

export interface Running {
  readonly pid: number;
  out(): string;
  err(): string;
  /** Resolves with the match once standard output holds it. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly exit: Promise<number | null>;
}

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the built program as a stranger would: with nothing of our environment but the path. */
export function start(line: readonly string[], { cwd, env = {} }: Place): Running {
  const child: ChildProcess = spawn(process.execPath, [LAUNCHER, ...line], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const exit = new Promise<number | null>((resolve) => void child.once('close', (code) => resolve(code)));
  return {
    pid: child.pid ?? -1,
    out: () => out,
    err: () => err,
    kill: (signal) => void child.kill(signal),
    exit,
    said: async (pattern) => {
      const until = performance.now() + PATIENCE_MS;
      while (performance.now() < until && child.exitCode === null) {
        const match = pattern.exec(out);
        if (match) return match;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`it did not say ${String(pattern)}; it said:\n${out}\n${err}`);
    },
  };
}

/** Runs the built program to its end. */
export async function finish(
  line: readonly string[],
  place: Place,
): Promise<{ code: number | null; out: string; err: string }> {
  const running = start(line, place);
  const code = await running.exit;
  return { code, out: running.out(), err: running.err() };
}
