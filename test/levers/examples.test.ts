import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeDeps } from '../../src/api/testing/fake-deps.contract.ts';
import { type App, createApi } from '../../src/api/index.ts';
import { type OpenExamples, openExamples } from '../../src/cli/serve/examples.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { VirtualKey } from '../../src/core/key.ts';
import { NO_LEVERS } from '../../src/core/plan.ts';
import { type ExampleSettings, NO_GROUND, USUAL_EXAMPLES } from '../../src/core/plan/ground.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { wordEmbedder } from '../../src/policy/ground/word-embedder.contract.ts';
import { localBus } from '../../src/shared/index.ts';
import { createExamples } from '../../src/store/examples/examples.ts';
import { insertCalls } from '../../src/store/ledger/insert.ts';
import { partitionsOf } from '../../src/store/ledger/partitions.ts';
import { rowText } from '../../src/store/ledger/row.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createQueries } from '../../src/store/queries/queries.ts';
import { createFeedback } from '../../src/store/routing/feedback.ts';
import { openPglite } from '../../src/store/sql/pglite.ts';
import type { Sql } from '../../src/store/sql/sql.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { freshPgliteDirectory } from '../services/pglite.ts';
import { silentLog } from '../services/silent-log.ts';

const MARK = 'An example from another conversation:\n\n';
const TRAIN = 'Which train goes from Ghent to Bruges in the morning?';
const BOAT = 'May dogs travel on the boat without a ticket?';
const LATE = 'Which train goes from Ghent to Bruges in the night?';
const ANSWERS: Readonly<Record<string, string>> = {
  [TRAIN]: 'The IC at 7.24, from platform 4.',
  [BOAT]: 'Yes, on a lead.',
};

let directory: string;
let sql: Sql;
let openai: FakeProvider;
let anthropic: FakeProvider;
let gateway: Harness;
let examples: OpenExamples;
let api: App;

const keyOf = (name: string, team: string): VirtualKey => ({
  id: `01938c6e-0000-7000-8000-${name.padStart(12, '0')}`,
  name,
  prefix: `sk-illm-${name}`,
  scope: 'call',
  team,
  user: null,
  tags: {},
  createdAt: '2026-11-24T10:00:00.000Z',
  revokedAt: null,
  expiresAt: null,
});
const KEYS: Readonly<Record<string, VirtualKey>> = {
  'sk-illm-1': keyOf('1', 'trains'),
  'sk-illm-2': keyOf('2', 'trains'),
  'sk-illm-3': keyOf('3', 'boats'),
};

async function start(change: Partial<ExampleSettings> = {}): Promise<void> {
  const plan = { ...NO_LEVERS, ground: { ...NO_GROUND, examples: { ...USUAL_EXAMPLES, ...change } } };
  const bus = localBus();
  const log = silentLog;
  examples = openExamples({
    settings: () => ({ models: {}, plan }),
    store: { examples: createExamples(sql) },
    embedder: wordEmbedder,
    bus,
    clock: systemClock,
    log,
  });
  gateway = await startHarness({
    providers: { openai, anthropic },
    models: { helper: ['openai/gpt-4o'], other: ['openai/gpt-4o'] },
    // 100 × $2.50/M + 20 × $10/M = $0.00045 an answer.
    prices: { rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }] },
    keys: KEYS,
    bodies: true,
    levers: plan,
    services: { examples },
  });
}

/** Asks, and has the row in the store as the ledger would. */
async function ask(
  content: string,
  { key = 'sk-illm-1', model = 'helper', change = {}, before = [] as object[] } = {},
): Promise<{ row: CallRecord; headers: Headers; sent: readonly { role: string; content: string }[] }> {
  const count = gateway.rows.length + 1;
  const { response } = await openAiClient({ origin: gateway.url, key })
    .chat.completions.create({
      model,
      messages: [{ role: 'system', content: 'Be brief.' }, ...before, { role: 'user', content }] as never,
      ...change,
    })
    .withResponse();
  const row = await gateway.row(count);
  await insertCalls(sql, partitionsOf(sql), [rowText(row)]);
  const { messages } = JSON.parse(openai.requests.at(-1)?.body.toString() ?? '{}') as { messages: [] };
  return { row, headers: response.headers, sent: messages };
}

async function rate(callId: string, score: number, key = 'sk-illm-1') {
  const answer = await api.inject({
    method: 'POST',
    url: '/api/v1/feedback',
    headers: { host: '127.0.0.1:8787', 'content-type': 'application/json', authorization: `Bearer ${key}` },
    payload: JSON.stringify({ callId, score }),
  });
  expect(answer.statusCode).toBe(201);
  return answer.json<{ example: unknown }>().example;
}

const decided = ({ decisions }: CallRecord) => decisions.find(({ stage }) => stage === 'ground');
const turns = (sent: readonly { role: string; content: string }[]) =>
  sent.map(({ role, content }) => `${role}: ${content}`);

beforeAll(async () => {
  directory = await freshPgliteDirectory();
  sql = await openPglite(directory);
  await migrate(sql);
  openai = await startFakeProvider({ api: 'openai' });
  anthropic = await startFakeProvider({ api: 'anthropic' });
  const feedback = createFeedback(sql);
  const base = fakeDeps();
  api = await createApi({
    ...base,
    ledger: createQueries(sql, systemClock),
    keys: { ...base.keys, find: (secret) => KEYS[secret] ?? null },
    routing: { ...base.routing, give: async (given) => void (await feedback.put(given)) },
    examples: {
      rated: async (given, record) => await examples.rated(given, record),
      drop: async (id) => await examples.drop(id),
      list: async (filter) => await examples.list(filter),
    },
    now: () => Date.now(),
  });
});
afterAll(async () => {
  await api.close();
  await openai.close();
  await anthropic.close();
  await sql.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const fake of [openai, anthropic]) {
    fake.reset();
    fake.script((request) => {
      const asked = Object.entries(ANSWERS).find(([question]) => request.promptText.includes(question));
      const text = asked?.[1] ?? 'I see.';
      return scenarioOf(request, {
        text: [text],
        usage: usageOf({ input: 100, output: 20 }),
        serviceTier: null,
      });
    });
  }
  await sql.exec('truncate illm.examples, illm.feedback');
  await start();
});
afterEach(async () => {
  await gateway.close();
  examples.close();
});

describe('well-rated calls', () => {
  it('are examples for the like of their tenant, at a price that the ledger tells', async () => {
    const train = await ask(TRAIN);
    expect(decided(train.row)).toMatchObject({ action: 'found-no-examples' });
    expect(await rate(train.row.id, 1)).toEqual({ kept: true });
    const boat = await ask(BOAT, { key: 'sk-illm-2' });
    expect(await rate(boat.row.id, 0.9, 'sk-illm-2')).toEqual({ kept: true });

    const { headers, row, sent } = await ask(LATE, { key: 'sk-illm-2' });
    expect(turns(sent)).toEqual([
      'system: Be brief.',
      `user: ${MARK}${TRAIN}`,
      `assistant: ${ANSWERS[TRAIN]}`,
      `user: ${LATE}`,
    ]);
    expect(headers.get('x-illm-examples')).toBe('1');
    expect(decided(row)).toMatchObject({
      action: 'gave-examples',
      // 9 of 10 words are the same.
      details: { examples: [{ callId: train.row.id, rating: 1, similarity: 0.9 }], addedTokens: 32 },
      // 32 × $2.50/M: so much less it would have cost without.
      savedUsd: '-0.000080',
    });
    expect(row.costUsd).toBe('0.000450');
    expect(JSON.stringify(row.decisions)).not.toContain('Ghent');

    const other = await ask(LATE, { key: 'sk-illm-3' });
    expect(turns(other.sent)).toEqual(['system: Be brief.', `user: ${LATE}`]);
    expect(decided(other.row)).toMatchObject({ action: 'found-no-examples' });
  });

  it('are none any more once they are rated worse, are gone, or are taken away', async () => {
    const { row } = await ask(TRAIN);
    await rate(row.id, 1);
    expect((await ask(LATE)).headers.get('x-illm-examples')).toBe('1');
    expect(await rate(row.id, 0.2)).toEqual({ kept: false, why: 'its rating is below 0.8' });
    expect((await ask(LATE)).headers.get('x-illm-examples')).toBeNull();

    await rate(row.id, 1);
    expect((await ask(LATE)).headers.get('x-illm-examples')).toBe('1');
    expect(await examples.drop(row.id)).toBe(true);
    expect((await ask(LATE)).headers.get('x-illm-examples')).toBeNull();

    await rate(row.id, 1);
    await sql.query('delete from illm.calls where id = $1', [row.id]);
    expect(await examples.list({ limit: 10 })).toEqual([]);
    expect((await ask(LATE)).headers.get('x-illm-examples')).toBeNull();
  });

  it('have the task and the name in common with the call', async () => {
    const { row } = await ask(TRAIN);
    await rate(row.id, 1);
    expect((await ask(LATE, { model: 'other' })).headers.get('x-illm-examples')).toBeNull();
    const translated = await ask(`Translate: ${LATE}`);
    expect(decided(translated.row)).toMatchObject({ action: 'found-no-examples' });
    await gateway.close();
    examples.close();
    await start({ same: 'task' });
    expect((await ask(LATE, { model: 'other' })).headers.get('x-illm-examples')).toBe('1');
  });

  it('of answers in JSON serve calls that ask for the same JSON', async () => {
    const format = (field: string) => ({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object', properties: { [field]: { type: 'string' } } } },
      },
    });
    const { row } = await ask(TRAIN, { change: format('train') });
    expect(await rate(row.id, 1)).toEqual({ kept: true });
    expect((await ask(LATE, { change: format('train') })).headers.get('x-illm-examples')).toBe('1');
    expect((await ask(LATE, { change: format('ship') })).headers.get('x-illm-examples')).toBeNull();
    expect((await ask(LATE)).headers.get('x-illm-examples')).toBeNull();
  });

  it('serve other dialects, streamed', async () => {
    const stream = async (question: string) =>
      await anthropicClient({ origin: gateway.url, key: 'sk-illm-1' })
        .messages.stream({
          model: 'claude-haiku-4-5',
          max_tokens: 50,
          system: 'Be brief.',
          messages: [{ role: 'user', content: question }],
        })
        .finalText();
    await stream(TRAIN);
    const row = await gateway.row();
    await insertCalls(sql, partitionsOf(sql), [rowText(row)]);
    expect(await rate(row.id, 1)).toEqual({ kept: true });
    await stream(LATE);
    const { messages } = JSON.parse(anthropic.requests.at(-1)?.body.toString() ?? '{}') as {
      messages: { role: string }[];
    };
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.stringify(messages)).toContain(ANSWERS[TRAIN]);
    expect(decided(await gateway.row(2))).toMatchObject({ action: 'gave-examples' });
  });
});

describe('a call that examples do not fit', () => {
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
  it.each([
    ['it brings tools', { change: { tools } }],
    [
      'its question is part of a conversation',
      {
        before: [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Hi' },
        ],
      },
    ],
  ])('is sent as it is: %s', async (why, given) => {
    const { row } = await ask(TRAIN);
    await rate(row.id, 1);
    const asked = await ask(LATE, given);
    expect(decided(asked.row)).toMatchObject({ action: 'skipped-examples', why });
    expect(JSON.stringify(asked.sent)).not.toContain('another conversation');
    expect(await rate(asked.row.id, 1)).toEqual({ kept: false, why });
  });
});
