import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTokenCounter, type TokenCounterOptions } from './token-counter.ts';

const BUILT = new URL('../../dist/text/token-worker.js', import.meta.url);
const dir = mkdtempSync(join(tmpdir(), 'token-counter-'));
const open: { close(): Promise<void> }[] = [];

function counter(options?: TokenCounterOptions): ReturnType<typeof createTokenCounter> {
  const made = createTokenCounter(options);
  open.push(made);
  return made;
}

function workerThat(body: string): URL {
  const file = join(dir, `${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, `import { parentPort } from 'node:worker_threads';\n${body}`);
  return pathToFileURL(file);
}

afterEach(async () => {
  for (const counter of open.splice(0)) await counter.close();
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('the token counter', () => {
  it('counts with the tokenizer of the model, in its thread', async () => {
    expect(existsSync(BUILT)).toBe(true);
    const tokens = counter();
    expect(await tokens.count('hello world', 'gpt-4o')).toEqual({ tokens: 2, exact: true });
    expect(await tokens.count('hello world', 'gpt-4')).toEqual({ tokens: 2, exact: true });
    expect(await tokens.count('hello world', 'claude-sonnet-4-5')).toEqual({ tokens: 2, exact: false });
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, n) => tokens.count(' a'.repeat(n), 'gpt-5')),
    );
    expect(many.map(({ tokens }) => tokens)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('leaves the event loop free while a hostile text is counted', async () => {
    const tokens = counter();
    await tokens.count('warm up', 'gpt-4o');
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 5);
    const counted = await tokens.count('qzjxkvbpyg'.repeat(100_000), 'gpt-4o');
    clearInterval(ticking);
    expect(counted.exact).toBe(false);
    expect(counted.tokens).toBeGreaterThan(100_000);
    expect(ticks).toBeGreaterThan(2);
  });

  it('estimates when the thread never answers, and starts another', async () => {
    const silent = workerThat('parentPort.on("message", () => {});');
    const tokens = counter({ worker: silent, patienceMs: 50 });
    const both = await Promise.all([
      tokens.count('x'.repeat(400), 'gpt-4o'),
      tokens.count('x'.repeat(40), 'gpt-4o'),
    ]);
    expect(both).toEqual([
      { tokens: 100, exact: false },
      { tokens: 10, exact: false },
    ]);
    expect(await tokens.count('xxxx', 'gpt-4o')).toEqual({ tokens: 1, exact: false });
  });

  it('estimates when the thread dies, and tries again later', async () => {
    const dying = workerThat(`
      parentPort.on('message', ({ id, text }) => {
        if (text === 'die') process.exit(1);
        parentPort.postMessage({ id, tokens: 42, exact: true });
      });`);
    const tokens = counter({ worker: dying, restartMs: 100 });
    expect(await tokens.count('text', 'gpt-4o')).toEqual({ tokens: 42, exact: true });
    expect(await tokens.count('die', 'gpt-4o')).toEqual({ tokens: 1, exact: false });
    expect(await tokens.count('text', 'gpt-4o')).toEqual({ tokens: 1, exact: false });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await tokens.count('text', 'gpt-4o')).toEqual({ tokens: 42, exact: true });
  });

  it('estimates when there is no thread to be had, or it is closed', async () => {
    const tokens = counter({ worker: pathToFileURL(join(dir, 'absent.mjs')) });
    expect(await tokens.count('text', 'gpt-4o')).toEqual({ tokens: 1, exact: false });
    await tokens.close();
    expect(await tokens.count('text', 'gpt-4o')).toEqual({ tokens: 1, exact: false });
  });

  it('estimates at once what comes while too much is waiting', async () => {
    const silent = workerThat('parentPort.on("message", () => {});');
    const tokens = counter({ worker: silent });
    const waiting = Array.from({ length: 256 }, () => tokens.count('waits', 'gpt-4o'));
    expect(await tokens.count('does not wait', 'gpt-4o')).toEqual({ tokens: 4, exact: false });
    await tokens.close();
    expect(await Promise.all(waiting)).toContainEqual({ tokens: 2, exact: false });
  });
});
