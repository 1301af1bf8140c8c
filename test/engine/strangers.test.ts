import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { chainAnswer, chainPrompt } from './chain.ts';
import { BLOCK_TOKENS } from '../../src/engine/ports.ts';
import {
  ask,
  createProcesses,
  disturbed,
  type EngineProcess,
  lendersOf,
  SOON,
  until,
  untilLenders,
} from './processes.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const BLOCKS = 6;
/** In which a lender has mostly come so far that it knocks; if not, it is tried again. */
const START_MS = 2_000;
const processes = createProcesses();

afterEach(() => processes.endAll());
afterAll(() => processes.remove());

/** What reaches a port that others can reach: other protocols, noise, and frames that announce more than there is memory. */
const GARBAGE: readonly Buffer[] = [
  Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
  Buffer.from('16030100ee010000ea0303', 'hex'),
  Buffer.alloc(4096),
  Buffer.alloc(64, 0xff),
  ...Array.from({ length: 8 }, () => randomBytes(512)),
];

/** Resolves once the other side has closed the connection. */
async function sendAndBeClosed(address: string, bytes: Buffer): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {}); // a reset is a close
  socket.resume().write(bytes);
  await once(socket, 'close');
}

async function isWhole(engine: EngineProcess): Promise<void> {
  expect(lendersOf(await engine.status())).toHaveLength(1);
}

it('garbage closes its own connection only: an answer under way is the same, and the lender stays', async () => {
  const engine = await processes.engine({ blocks: 2 });
  const lender = await processes.lender(engine.address, { blocks: BLOCKS });
  await untilLenders(engine, 1);
  const chain = chainPrompt(BLOCKS - 2, 1);
  const answer = await disturbed(
    engine,
    () => ({ prompt: chain.prompt, maxTokens: 200 }),
    () => {
      engine.process.kill('SIGCONT');
      return Promise.all(
        GARBAGE.flatMap((bytes) => [engine.address, lender.reached].map((to) => sendAndBeClosed(to, bytes))),
      ).then(() => {});
    },
  );
  expect(answer).toEqual(chainAnswer(chain, 200));
  await isWhole(engine);
  expect(await ask(engine, chain.prompt, 20)).toEqual(chainAnswer(chain, 20));
});

it('who leaves frees all that its request held, and what waited for it goes on', async () => {
  const engine = await processes.engine({ blocks: BLOCKS });
  const chain = chainPrompt(BLOCKS - 1, 2);
  const leaving = new AbortController();
  const left = ask(engine, chain.prompt, 60, {
    signal: leaving.signal,
    onToken: () => leaving.abort(),
  });
  await expect(left).rejects.toThrow();
  const other = chainPrompt(BLOCKS - 1, 3);
  expect(await ask(engine, other.prompt, 30)).toEqual(chainAnswer(other, 30));
  const { requests, blocks } = await until(engine, ({ running, waiting }) => running + waiting === 0);
  expect(requests).toMatchObject({ aborted: 1, finished: 1 });
  expect(blocks.free + blocks.cached).toBe(blocks.total);
});

it('a lender that comes while a request waits for memory lets it in', async () => {
  const engine = await processes.engine({ blocks: 30 });
  const attempts = [1, 2, 3, 4, 5];
  for (const attempt of attempts) {
    const [holding, waiting] = [chainPrompt(18, 10 + attempt), chainPrompt(20, 20 + attempt)];
    let isOver = false;
    const first = ask(engine, holding.prompt, 11 * BLOCK_TOKENS).finally(() => (isOver = true));
    await until(engine, ({ running }) => running === 1);
    const second = ask(engine, waiting.prompt, 20);
    second.catch(() => {}); // awaited below
    await vi.waitFor(async () => expect(isOver || (await engine.status()).waiting === 1).toBe(true), SOON);
    engine.process.kill('SIGSTOP');
    const lending = processes.lender(engine.address, { blocks: 30 });
    lending.catch(() => {}); // awaited below
    await sleep(START_MS);
    engine.process.kill('SIGCONT');
    expect(await second).toEqual(chainAnswer(waiting, 20));
    const wasLetIn = !isOver;
    expect(await first).toEqual(chainAnswer(holding, 11 * BLOCK_TOKENS));
    if (wasLetIn) return;
    (await lending).process.kill('SIGKILL');
    await untilLenders(engine, 0);
  }
  expect.fail('the first request was always through before the lender came');
});
