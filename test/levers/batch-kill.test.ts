import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { toFile } from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { seededRandom } from '../../src/demo/provider/words.ts';
import { openPglite } from '../../src/store/sql/pglite.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { launch, LONGEST_START_MS, type Running } from '../launch.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { freshPgliteDirectory } from '../services/pglite.ts';

const ITEMS = 60;
const KILLS = 3;
const USAGE = usageOf({ input: 1000, output: 200 });

let openai: FakeProvider;
let own: FakeProvider;
let directory: string;
let running: Running | null = null;

beforeAll(async () => {
  [openai, own] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'openai-compatible' }),
  ]);
  for (const provider of [openai, own])
    provider.script((ask) =>
      scenarioOf(ask, { text: [`Re: ${ask.lastUserText}`], usage: USAGE, serviceTier: null }),
    );
  directory = await mkdtemp(join(tmpdir(), 'infinite-llm-test-'));
  await freshPgliteDirectory(join(directory, 'data', 'postgres'));
  const config = {
    providers: {
      openai: { kind: 'openai', baseUrl: openai.baseUrl, keys: ['sk-provider'] },
      own: { kind: 'openai-compatible', baseUrl: own.baseUrl, keys: ['sk-own'], models: ['our-model'] },
    },
    prices: { rules: [{ match: 'own/*', rates: { input: '1', output: '2' } }] },
    batch: { poll: '20ms', pollMax: '50ms', lease: '500ms', resendAfter: '1s', concurrency: 2 },
  };
  await writeFile(join(directory, 'infinite-llm.yaml'), JSON.stringify(config));
}, LONGEST_START_MS);
afterAll(async () => {
  await running?.kill();
  await Promise.all([openai.close(), own.close()]);
  await rm(directory, { recursive: true, force: true });
});

async function start(): Promise<Running> {
  const file = join(directory, 'infinite-llm.yaml');
  return await launch(['serve', '--config', file, '--port', '0', '--data', join(directory, 'data')]);
}

const seen = (): number => openai.requests.length + own.requests.length;

/** Kills are to come while work is done, at the providers' end of it too. */
async function requestsBeyond(count: number): Promise<void> {
  const until = Date.now() + 4000;
  while (seen() < count && Date.now() < until) await pause(1);
}

it(`has every call of its batches in the ledger once, through ${KILLS} kills at any moment`, {
  timeout: LONGEST_START_MS,
}, async () => {
  const random = seededRandom(`kills ${process.env['PROPERTY_SEED'] ?? ''}`);
  running = await start();
  const ids: string[] = [];
  for (const model of ['gpt-4o-mini', 'our-model']) {
    const client = openAiClient({ origin: running.origin, key: 'sk-test' });
    const lines = Array.from({ length: ITEMS }, (_, index) =>
      JSON.stringify({
        custom_id: `${model}-${index}`,
        method: 'POST',
        url: '/v1/chat/completions',
        body: { model, messages: [{ role: 'user', content: `Q${index}` }] },
      }),
    );
    const file = await client.files.create({
      purpose: 'batch',
      file: await toFile(Buffer.from(lines.join('\n')), 'calls.jsonl'),
    });
    const batch = await client.batches.create({
      completion_window: '24h',
      endpoint: '/v1/chat/completions',
      input_file_id: file.id,
    });
    ids.push(batch.id);
  }
  for (let kill = 0; kill < KILLS; kill += 1) {
    await requestsBeyond(seen() + 1 + Math.floor(random() * 25));
    await pause(random() * 30);
    await running.kill();
    running = await start();
  }
  const client = openAiClient({ origin: running.origin, key: 'sk-test' });
  for (const id of ids) {
    let batch = await client.batches.retrieve(id);
    while (batch.status !== 'completed') {
      await pause(50);
      batch = await client.batches.retrieve(id);
    }
    expect(batch.request_counts).toEqual({ total: ITEMS, completed: ITEMS, failed: 0 });
    const output = await (await client.files.content(batch.output_file_id ?? '')).text();
    const answers = output
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as {
            custom_id: string;
            response: { body: { choices: { message: { content: string } }[] } };
          },
      );
    expect(answers.map(({ response }) => response.body.choices[0]?.message.content)).toEqual(
      Array.from({ length: ITEMS }, (_, index) => `Re: Q${index}`),
    );
  }
  await running.stop();
  // What the provider did in batches, it did once.
  expect(openai.batches.list.filter(({ status }) => status === 'ended')).toHaveLength(1);
  const sql = await openPglite(join(directory, 'data', 'postgres'));
  const rows = await sql.query(
    `select requested_model as model, status, service_tier as tier, count(*) as calls, sum(cost_usd)::text as usd
     from illm.calls group by requested_model, status, service_tier order by requested_model, status`,
  );
  await sql.close();
  expect(rows).toEqual([
    // 60 × $0.000135 and 60 × $0.0014
    { model: 'gpt-4o-mini', status: 'ok', tier: 'batch', calls: ITEMS, usd: '0.008100000000' },
    { model: 'our-model', status: 'ok', tier: null, calls: ITEMS, usd: '0.084000000000' },
  ]);
});
