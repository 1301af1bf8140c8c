import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileOf } from './report.ts';

/** One engine process and its lenders, as users start them. */
export interface Cluster {
  readonly url: string;
  /** What requests name the model by. */
  readonly model: string;
  /** Adds a lender and waits until its blocks can be used. */
  lend(kvBytes: number, threads?: number): Promise<void>;
  status(): Promise<Status>;
  stop(): Promise<void>;
}

interface Blocks {
  readonly total: number;
  readonly free: number;
  readonly lent: number;
  readonly borrowed: number;
}

export interface Status {
  readonly instances: readonly { readonly role: string; readonly self: boolean; readonly blocks: Blocks }[];
}

export interface ClusterOptions {
  readonly model: string;
  readonly kvBytes: number;
  readonly kvType?: 'bf16' | 'int8';
  readonly threads?: number;
}

interface Program {
  readonly child: ChildProcess;
  said(pattern: RegExp): Promise<string>;
}

export async function startCluster({
  model,
  kvBytes,
  kvType = 'bf16',
  threads = 1,
}: ClusterOptions): Promise<Cluster> {
  const programs: Program[] = [];
  const run = (args: readonly string[]): Program => {
    const program = launch(args);
    programs.push(program);
    return program;
  };
  const memory = (bytes: number): string[] => ['--kv-memory', `${bytes}B`];
  const engine = run([
    'serve',
    ...memory(kvBytes),
    ...flags({ model, 'kv-type': kvType, threads, http: '127.0.0.1:0', listen: '127.0.0.1:0' }),
  ]);
  const url = await engine.said(/at (http:\S+)\/v1/);
  const joinAt = await engine.said(/lenders join at (\S+)/);
  const status = async (): Promise<Status> => (await (await fetch(`${url}/engine/status`)).json()) as Status;
  let lenders = 0;
  const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
  return {
    url,
    model: models.data[0]?.id ?? '',
    status,
    lend: async (bytes, shards = 1) => {
      await run(['lend', '--join', joinAt, '--threads', String(shards), ...memory(bytes)]).said(
        /reached at (\S+)/,
      );
      lenders += 1;
      for (;;) {
        const others = (await status()).instances.filter(({ self }) => !self);
        if (others.filter(({ blocks }) => blocks.total > 0).length >= lenders) return;
        await sleep(100);
      }
    },
    stop: async () => {
      for (const { child } of programs.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await gone;
        clearTimeout(late);
      }
    },
  };
}

function flags(values: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function launch(args: readonly string[]): Program {
  const child = spawn(process.execPath, [fileOf('bin/infinite-llm.mjs'), 'engine', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return {
    child,
    said: async (pattern) => {
      for (;;) {
        const found = pattern.exec(output)?.[1];
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`engine ${args[0] ?? ''} ended:\n${output}`);
        await sleep(50);
      }
    },
  };
}

export interface Completion {
  readonly text: string;
  readonly ttftMs: number;
  /** (last − first token) / (tokens − 1), as vLLM has it. */
  readonly tpotMs: number;
}

/** A greedy completion of token ids. @throws Error with what the server said */
export async function complete(
  { url, model }: Pick<Cluster, 'url' | 'model'>,
  prompt: readonly number[],
  maxTokens: number,
  signal?: AbortSignal,
): Promise<Completion> {
  const started = performance.now();
  const answer = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      prompt,
      max_tokens: maxTokens,
      temperature: 0,
      stream: true,
      ignore_eos: true,
    }),
    ...(signal && { signal }),
  });
  if (!answer.ok || !answer.body) throw new Error(`${answer.status}: ${await answer.text()}`);
  let text = '';
  let tokens = 0;
  let first = 0;
  let last = 0;
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const event = JSON.parse(line.slice(6)) as { error?: { message: string }; choices: { text: string }[] };
      if (event.error) throw new Error(event.error.message);
      text += event.choices[0]?.text ?? '';
      last = performance.now();
      if (tokens === 0) first = last;
      tokens += 1;
    }
  }
  return { text, ttftMs: first - started, tpotMs: (last - first) / Math.max(1, maxTokens - 1) };
}
