import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { EngineReport } from '../../src/engine/server/index.ts';
import { chainAnswer, chainPrompt } from './chain.ts';
import { ask, createProcesses, type EngineProcess, SOON, until, untilLenders } from './processes.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const processes = createProcesses();
let seed = 1_000;

afterEach(() => processes.endAll());
afterAll(() => processes.remove());

async function askChain(engine: EngineProcess, blocks: number, tokens: number): Promise<void> {
  const chain = chainPrompt(blocks, seed++);
  expect(await ask(engine, chain.prompt, tokens)).toEqual(chainAnswer(chain, tokens));
}

/** Two engines that know of each other. */
async function pair(blocks: number, threads = 1): Promise<[EngineProcess, EngineProcess]> {
  const more = ['--threads', String(threads)];
  const a = await processes.engine({ blocks, more });
  const b = await processes.engine({ blocks, more: [...more, '--join', a.address] });
  for (const each of [a, b]) await until(each, (report) => otherEngines(report).length === 1);
  return [a, b];
}

function otherEngines({ instances }: EngineReport) {
  return instances.filter(
    ({ role, alive, self, blocks }) => role === 'engine' && alive && !self && blocks.total > 0,
  );
}

function own({ instances }: EngineReport) {
  return instances.find(({ self }) => self)?.blocks ?? expect.fail('no report of itself');
}

/** Nothing runs, and all that it holds could be used at once. */
function isIdle({ running, waiting, blocks }: EngineReport): boolean {
  return running === 0 && waiting === 0 && blocks.free + blocks.cached === blocks.total;
}

describe('two engines that lend to each other', () => {
  it('serve at the same time, and each gets its memory back when it needs it', async () => {
    // What the others take is in the memory of both threads.
    const [a, b] = await pair(14, 2);
    await Promise.all([askChain(a, 17, 100), askChain(b, 5, 200)]);
    const { borrowed } = own(await until(a, isIdle));
    expect(borrowed).toBeGreaterThanOrEqual(19 - 14);
    // More than is free anywhere: what is kept only in case it is asked again is given back, or lent.
    await askChain(b, 21, 40);
    await askChain(a, 21, 40);
    await vi.waitFor(async () => {
      const [of, other] = await Promise.all([a.status(), b.status()]);
      expect([isIdle(of), isIdle(other), of.blocks.total + other.blocks.total]).toEqual([true, true, 28]);
    }, SOON);
    for (const { process } of [a, b]) expect(process.err()).toBe('');
  });

  it('share a lender: what one keeps only in case it is asked again is given to the other', async () => {
    const [a, b] = await pair(2);
    await processes.lender(a.address, { blocks: 16 });
    for (const each of [a, b]) await untilLenders(each, 1);
    await askChain(a, 16, 40);
    expect(own(await until(a, isIdle)).borrowed).toBeGreaterThanOrEqual(15);
    await askChain(b, 16, 40);
  });
});
