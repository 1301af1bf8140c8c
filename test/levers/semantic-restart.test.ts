import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { launch, LONGEST_START_MS, type Running } from '../launch.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

const built = existsSync(fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)));
const minilm = process.env['INFINITE_LLM_TEST_MINILM'];
const note = minilm === undefined ? ' (skipped: INFINITE_LLM_TEST_MINILM names no folder)' : '';

const QUESTIONS = [
  'How do I cook rice so that it does not stick',
  'How can somebody learn to swim as an adult',
  'Why is the sky so often red in the evening',
  'How long does fresh bread keep in a paper bag',
  'How do I get coffee stains out of a white shirt',
  'Why do cats sleep for most of the day',
  'How often should I water a cactus in winter',
  'How do I sharpen a kitchen knife at home',
];
const ENDINGS = ['?', ' please?', ', please tell me?', ' do you think?'];
const FIRST = 'How do ships find their way at night?';
const AGAIN = 'How do ships find their way at night, please?';

let openai: FakeProvider;
let directory: string;
let file: string;
let running: Running;

const serve = async (): Promise<Running> =>
  await launch(
    ['serve', '--config', file, '--port', '0', '--workers', '2', '--data', join(directory, 'data')],
    {
      INFINITE_LLM_MODELS: dirname(minilm ?? ''),
    },
  );

async function ask(question: string): Promise<string | null> {
  const { response } = await openAiClient({ origin: running.origin, key: 'sk-test' })
    .chat.completions.create({
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content: question }],
    } satisfies OpenAI.ChatCompletionCreateParamsNonStreaming)
    .withResponse();
  return response.headers.get('x-illm-cache');
}

async function semantic(): Promise<{
  readonly loaded: boolean;
  readonly answers: number;
  readonly waiting: number;
}> {
  const response = await fetch(`${running.origin}/api/v1/cache`);
  const { semantic: state } = (await response.json()) as { semantic: Awaited<ReturnType<typeof semantic>> };
  return state;
}

/** Each connection may come to the other worker: asked so often, both have been. */
async function askBoth(question: string): Promise<(string | null)[]> {
  return await Promise.all(Array.from({ length: 8 }, () => ask(question)));
}

describe.skipIf(!built || minilm === undefined)(`the semantic cache of whole programs${note}`, () => {
  beforeAll(async () => {
    openai = await startFakeProvider({ api: 'openai' });
    openai.script((request) =>
      scenarioOf(request, { text: ['By the stars.'], usage: usageOf({ input: 10, output: 5 }) }),
    );
    directory = await mkdtemp(join(tmpdir(), 'infinite-llm-semantic-'));
    file = join(directory, 'infinite-llm.yaml');
    const config = {
      providers: { openai: { kind: 'openai', baseUrl: openai.baseUrl, keys: ['sk-test'] } },
      cache: { semantic: { enabled: true, maxErrorRate: 0.2, confidence: 0.5, margin: 0, auditShare: 0.01 } },
    };
    await writeFile(file, JSON.stringify(config));
    running = await serve();
  }, LONGEST_START_MS);
  afterAll(async () => {
    await running?.stop();
    await openai?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  it('gives in one worker what another has learnt, and at once after kill -9', {
    timeout: LONGEST_START_MS,
  }, async () => {
    await ask(FIRST);
    for (const question of QUESTIONS) for (const ending of ENDINGS) await ask(question + ending);
    await vi.waitFor(async () => expect(await askBoth(AGAIN)).toEqual(Array(8).fill('semantic-hit')), {
      timeout: 30_000,
    });
    await vi.waitFor(async () => expect(await semantic()).toMatchObject({ waiting: 0, loaded: true }), {
      timeout: 30_000,
    });
    await running.kill();
    running = await serve();
    const sent = openai.requests.length;
    await vi.waitFor(async () => expect(await ask(AGAIN)).toBe('semantic-hit'), {
      timeout: 60_000,
      interval: 500,
    });
    // Not what it learnt anew: that would have taken more.
    expect(openai.requests.length - sent).toBeLessThan(20);
  });
});
