import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterEach, expect, it } from 'vitest';
import { writeTinyGguf } from '../../engine/models/testing/index.contract.ts';
import { type Running, start } from '../testing/process.contract.ts';

const cwd = mkdtempSync(join(tmpdir(), 'illm-contexts-'));
const running: Running[] = [];

afterEach(async () => {
  for (const each of running.splice(0)) {
    each.kill('SIGKILL');
    await each.exit;
  }
  rmSync(cwd, { recursive: true, force: true });
});

async function serve(model: string): Promise<string> {
  const engine = start(
    [
      'engine',
      'serve',
      '--model',
      model,
      '--http',
      '127.0.0.1:0',
      '--kv-memory',
      '4MiB',
      '--contexts',
      'kept',
    ],
    { cwd },
  );
  running.push(engine);
  const [, url = ''] = await engine.said(/at (http:\S+)\/v1/);
  return url;
}

it('a long text that was saved is not read again by the next process', { timeout: 120_000 }, async () => {
  mkdirSync(join(cwd, 'models'));
  const model = writeTinyGguf(join(cwd, 'models'), { seed: 5, name: 'tiny', contextLength: 4096 });
  const text = 'There was once a lighthouse on a rock. '.repeat(40);

  const first = await serve(model);
  const answer = await fetch(`${first}/engine/contexts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: text }),
  });
  const saved = (await answer.json()) as { tokens: number; timesSmaller: number };
  expect(saved.tokens).toBeGreaterThan(500);
  expect(saved.timesSmaller).toBeGreaterThan(2);
  running[0]?.kill('SIGKILL');
  await running.shift()?.exit;
  expect(readdirSync(join(cwd, 'kept'))).toHaveLength(1);

  const client = new OpenAI({ baseURL: `${await serve(model)}/v1`, apiKey: 'none', maxRetries: 0 });
  const ask = async (prompt: string) => {
    const { usage } = await client.completions.create({ model: 'tiny', prompt, max_tokens: 3 });
    return usage?.prompt_tokens_details?.cached_tokens;
  };
  expect(await ask('Another text. '.repeat(40))).toBe(0);
  expect(await ask(`${text}What stood on it?`)).toBe(saved.tokens);
});
