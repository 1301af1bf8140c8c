import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Log } from '../../core/ports.ts';
import type { EngineReport } from '../../engine/server/index.ts';
import { restartDelayMs } from '../cluster/backoff.ts';
import type { FromEngine, ToEngine } from './messages.ts';

export interface EngineProcessOptions {
  /** The name that it is served under, for messages. */
  readonly model: string;
  /** Arguments of Node: the program to run, and what it is told. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** An engine that was ready and reports nothing for so long is taken to hang, and is killed. */
  readonly silenceMs?: number;
  /** One that is not ready after so long is too. */
  readonly loadMs?: number;
  /** The wait before a restart. */
  readonly delayMs?: (previousMs: number, livedMs: number) => number;
}

export interface EngineState {
  /** `refused`: it would fail again, so it is not started again. */
  readonly state: 'starting' | 'ready' | 'restarting' | 'refused' | 'stopped';
  /** Why it is not ready; null when there is nothing to say. */
  readonly message: string | null;
  readonly restarts: number;
  readonly pid: number | null;
  readonly report: EngineReport | null;
}

/** An engine in a process of its own, started again when it dies. */
export interface EngineProcess {
  readonly model: string;
  state(): EngineState;
  /** Its URL, as soon as it can be called; null when that takes longer than `mostMs`, or never comes. */
  ready(mostMs: number): Promise<string | null>;
  /** Resolves once it is known that nothing runs at this URL any more, and after `mostMs` in any case. */
  ended(url: string, mostMs: number): Promise<void>;
  /** Nobody answers at this URL any more: one that still runs there is killed, and the next one is waited for. */
  gone(url: string): void;
  /** Lets it finish what it does; kills it after `mostMs`. */
  stop(mostMs: number): Promise<void>;
}

const SILENCE_MS = 60_000;
const LOAD_MS = 900_000;

export function startEngineProcess(options: EngineProcessOptions): EngineProcess {
  const {
    model,
    command,
    env,
    log,
    silenceMs = SILENCE_MS,
    loadMs = LOAD_MS,
    delayMs = restartDelayMs,
  } = options;
  const waiting = new Set<() => void>();
  let child: ChildProcess | null = null;
  let timer: NodeJS.Timeout | undefined;
  let url: string | null = null;
  let now: EngineState = { state: 'starting', message: null, restarts: 0, pid: null, report: null };

  const change = (to: Partial<EngineState>): void => {
    now = { ...now, ...to };
    for (const tell of waiting) tell();
  };
  const isOver = (): boolean => now.state === 'stopped' || now.state === 'refused';

  const start = (previousMs: number): void => {
    const startedAt = performance.now();
    // A group of its own: what a terminal sends to all its processes is for the supervisor to pass on.
    const started = spawn(process.execPath, command, {
      env: { ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
      windowsHide: true,
    });
    child = started;
    change({ pid: started.pid ?? null });
    let last = '';
    if (started.stderr)
      createInterface({ input: started.stderr }).on('line', (line) => {
        last = line.slice(0, 1000);
        log.info(`engine ${model}: ${line}`);
      });
    let silence: NodeJS.Timeout | undefined;
    const heard = (): void => {
      clearTimeout(silence);
      const patienceMs = url === null ? loadMs : silenceMs;
      silence = setTimeout(() => {
        log.error('The engine says nothing any more and is killed', { model, patienceMs });
        started.kill('SIGKILL');
      }, patienceMs);
    };
    heard();
    started.on('message', (message: FromEngine) => {
      hear(message);
      heard();
    });
    started.on('error', (error) => log.error('The engine could not be run', { model, error: error.message }));
    started.once('close', (code, signal) => {
      clearTimeout(silence);
      url = null;
      if (child === started) child = null;
      change({ pid: null, report: null });
      if (isOver()) return;
      const wait = delayMs(previousMs, performance.now() - startedAt);
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      log.error('The engine ended and is started again', { model, code, signal, delayMs: wait });
      change({
        state: 'restarting',
        message: `It ended ${how}${last === '' ? '' : `: ${last}`}`,
        restarts: now.restarts + 1,
      });
      timer = setTimeout(() => {
        if (!isOver()) start(wait);
      }, wait);
    });
  };

  const until = async (isSo: () => boolean, mostMs: number): Promise<void> => {
    if (isSo()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(late);
        waiting.delete(check);
        resolve();
      };
      const check = (): void => {
        if (isSo()) done();
      };
      const late = setTimeout(done, mostMs);
      waiting.add(check);
    });
  };

  const hear = (message: FromEngine): void => {
    switch (message.kind) {
      case 'ready':
        ({ url } = message);
        log.info('The engine is ready', { model });
        change({ state: 'ready', message: null });
        break;
      case 'report':
        change({ report: message.report });
        break;
      case 'refused':
        log.error(`The engine can not serve ${model}: ${message.message}`);
        change({ state: 'refused', message: message.message });
        break;
    }
  };

  // Only a forced end of this process leaves its engine behind for as long as it takes to notice that.
  const killNow = (): void => void child?.kill('SIGKILL');
  process.once('exit', killNow);
  start(0);

  return {
    model,
    state: () => now,
    ready: async (mostMs) => {
      await until(() => url !== null || isOver(), mostMs);
      return url;
    },
    ended: async (last, mostMs) => await until(() => url !== last, mostMs),
    gone: (left) => {
      if (left !== url) return;
      url = null;
      child?.kill('SIGKILL');
    },
    stop: async (mostMs) => {
      process.off('exit', killNow);
      clearTimeout(timer);
      const served = url !== null;
      url = null;
      change({ state: 'stopped', message: null });
      const running = child;
      if (!running) return;
      const ended = new Promise<void>((resolve) => void running.once('close', () => resolve()));
      const order: ToEngine = { kind: 'shutdown' };
      // One that is just dying can not be told; that it dies is all that is wanted.
      if (running.connected) running.send(order, () => undefined);
      // One that still loads has nothing to finish.
      const late = setTimeout(() => running.kill('SIGKILL'), served ? mostMs : 0);
      await ended.finally(() => clearTimeout(late));
    },
  };
}
