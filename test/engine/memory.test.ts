import { readFileSync } from 'node:fs';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { randomOf } from '../../src/engine/models/testing/random.contract.ts';
import { tinyTokens } from '../../src/engine/models/testing/tiny-tokenizer.contract.ts';
import { BLOCK_TOKENS } from '../../src/engine/ports.ts';
import { ask, createProcesses } from './processes.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const MIB = 2 ** 20;
/** 16 MiB of KV. */
const BUDGET_BLOCKS = 256;
const PROMPT_BLOCKS = 32;
/** Together six times the budget, which is more than the slack could hide. */
const PROMPTS = 48;
/** Heaps breathe, and scratch memory is made when first needed. */
const SLACK_BYTES = 56 * MIB;
const processes = createProcesses();

afterEach(() => processes.endAll());
afterAll(() => processes.remove());

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

it.runIf(process.platform === 'linux')(
  'memory for KV stays within its budget, however many different prompts come',
  async () => {
    const engine = await processes.engine({ blocks: BUDGET_BLOCKS });
    const random = randomOf(7);
    const token = (): number => 3 + Math.floor(random() * (tinyTokens().length - 3));
    const prompt = (): number[] => Array.from({ length: PROMPT_BLOCKS * BLOCK_TOKENS }, token);
    await ask(engine, prompt(), 1);
    const before = residentBytes(engine.process.pid);
    let most = before;
    for (let i = 0; i < PROMPTS; i += 2) {
      await Promise.all([ask(engine, prompt(), 1), ask(engine, prompt(), 1)]);
      most = Math.max(most, residentBytes(engine.process.pid));
    }
    const status = await engine.status();
    expect(status.prefillTokens).toBeGreaterThanOrEqual(PROMPTS * PROMPT_BLOCKS * BLOCK_TOKENS);
    expect(status.tokensHeld).toBeLessThanOrEqual(BUDGET_BLOCKS * BLOCK_TOKENS);
    expect(most - before).toBeLessThan(BUDGET_BLOCKS * 64 * 1024 + SLACK_BYTES);
  },
);
