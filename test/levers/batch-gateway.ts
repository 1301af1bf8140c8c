import { rmSync } from 'node:fs';
import type OpenAI from 'openai';
import { toFile } from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { BatchSettings } from '../../src/core/batch.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { createBatches } from '../../src/store/batches/batches.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openPglite } from '../../src/store/sql/pglite.ts';
import type { Sql } from '../../src/store/sql/sql.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { freshPgliteDirectory } from '../services/pglite.ts';

export const USAGE = usageOf({ input: 1000, output: 200 });
/** gpt-4o-mini: 1,000 × $0.15 / 1M + 200 × $0.60 / 1M = $0.00027, and half of it in a batch. */
export const MINI_BATCH_USD = '0.000135';
/** claude-haiku-4-5: 1,000 × $1 / 1M + 200 × $5 / 1M = $0.002, and half of it in a batch. */
export const HAIKU_BATCH_USD = '0.001000';
/** gemini-2.5-flash: 1,000 × $0.30 / 1M + 200 × $2.50 / 1M = $0.0008, and half of it in a batch. */
export const FLASH_BATCH_USD = '0.000400';
export const CHAT = '/v1/chat/completions';

/** Fakes, a store and a gateway for the tests of batches: imported, they are made and undone with the tests of that file. */
export let openai: FakeProvider;
export let anthropic: FakeProvider;
export let google: FakeProvider;
export let own: FakeProvider;
let directory: string;
export let sql: Sql;
export let gateway: Harness;

beforeAll(async () => {
  [openai, anthropic, google, own] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'anthropic' }),
    startFakeProvider({ api: 'google' }),
    startFakeProvider({ api: 'openai-compatible' }),
  ]);
  directory = await freshPgliteDirectory();
  sql = await openPglite(directory);
  await migrate(sql);
});
afterAll(async () => {
  await sql.close();
  rmSync(directory, { recursive: true, force: true });
  await Promise.all([openai, anthropic, google, own].map((fake) => fake.close()));
});
beforeEach(() => {
  for (const provider of [openai, anthropic, google, own]) {
    provider.reset();
    provider.script((ask) =>
      scenarioOf(ask, { text: [`Re: ${ask.lastUserText}`], usage: USAGE, serviceTier: null }),
    );
  }
});
afterEach(() => stop());

export async function start(
  batch: Partial<BatchSettings> = {},
  options: Partial<HarnessOptions> = {},
): Promise<void> {
  gateway = await startHarness({
    providers: {
      openai,
      anthropic,
      google,
      own: { kind: 'openai-compatible', baseUrl: own.baseUrl, models: ['our-model'] },
    },
    prices: { rules: [{ match: 'own/*', rates: { input: '1', output: '2' }, discount: null }] },
    services: { batches: createBatches(sql) },
    batch: { pollMs: 10, pollMaxMs: 20, ...batch },
    retry: { attempts: 1 },
    ...options,
  });
}

/** Takes a gateway that was started another way; it is stopped with the test. */
export function use(other: Harness): void {
  gateway = other;
}

export async function stop(): Promise<void> {
  await gateway.gateway.drain(1000);
  await gateway.close();
}

export const sdk = (key = 'sk-test'): OpenAI => openAiClient({ origin: gateway.url, key });

export const chat = (customId: string, model: string, text: string, more: object = {}): object => ({
  custom_id: customId,
  method: 'POST',
  url: CHAT,
  body: { model, messages: [{ role: 'user', content: text }], ...more },
});

export async function upload(lines: readonly (object | string)[], client = sdk()): Promise<string> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const file = await client.files.create({
    purpose: 'batch',
    file: await toFile(Buffer.from(`${text}\n`), 'calls.jsonl'),
  });
  return file.id;
}

export async function create(
  lines: readonly (object | string)[],
  endpoint: OpenAI.BatchCreateParams['endpoint'] = CHAT,
) {
  const input = await upload(lines);
  return await sdk().batches.create({
    completion_window: '24h',
    endpoint,
    input_file_id: input,
    metadata: { job: '7' },
  });
}

export async function ended(id: string, client = sdk()): Promise<OpenAI.Batch> {
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) return batch;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface Line {
  readonly custom_id: string;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: OpenAI.ChatCompletion & { readonly error?: { readonly message: string } };
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export async function linesOf(file: string | undefined): Promise<readonly Line[]> {
  if (file === undefined) return [];
  const text = await (await sdk().files.content(file)).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

export const textIn = ({ response }: Line): string | null | undefined =>
  response?.body.choices[0]?.message.content;
export const decided = (row: CallRecord) => row.decisions.find(({ stage }) => stage === 'batch');
