import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { type ExamplesGateway, startExamplesGateway } from './examples-gateway.ts';

const MARK = 'An example from another conversation:\n\n';
const TRAIN = 'Which train goes from Ghent to Bruges in the morning?';
const BOAT = 'May dogs travel on the boat without a ticket?';
const LATE = 'Which train goes from Ghent to Bruges in the night?';
const ANSWERS: Readonly<Record<string, string>> = {
  [TRAIN]: 'The IC at 7.24, from platform 4.',
  [BOAT]: 'Yes, on a lead.',
};

let openai: FakeProvider;
let anthropic: FakeProvider;
let gateway: ExamplesGateway;

interface Asked {
  readonly row: CallRecord;
  /** The header that says how many examples there were. */
  readonly examples: string | null;
  readonly sent: readonly { readonly role: string; readonly content: string }[];
}

async function ask(
  key: string,
  content: string,
  { model = 'helper', change = {}, before = [] as object[] } = {},
): Promise<Asked> {
  const { harness } = gateway;
  const count = harness.rows.length + 1;
  const { response } = await openAiClient({ origin: harness.url, key })
    .chat.completions.create({
      model,
      messages: [{ role: 'system', content: 'Be brief.' }, ...before, { role: 'user', content }] as never,
      ...change,
    })
    .withResponse();
  const row = await gateway.stored(count);
  const { messages } = JSON.parse(openai.requests.at(-1)?.body.toString() ?? '{}') as { messages: [] };
  return { row, examples: response.headers.get('x-illm-examples'), sent: messages };
}

const decided = ({ row }: Pick<Asked, 'row'>) => row.decisions.find(({ stage }) => stage === 'ground');
const turns = ({ sent }: Asked) => sent.map(({ role, content }) => `${role}: ${content}`);

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
  anthropic = await startFakeProvider({ api: 'anthropic' });
  for (const fake of [openai, anthropic])
    fake.script((request) => {
      const asked = Object.entries(ANSWERS).find(([question]) => request.promptText.includes(question));
      const usage = usageOf({ input: 100, output: 20 });
      return scenarioOf(request, { text: [asked?.[1] ?? 'I see.'], usage, serviceTier: null });
    });
  gateway = await startExamplesGateway({ openai, anthropic }, 'handbook');
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await openai.close();
  await anthropic.close();
});

describe('well-rated calls', () => {
  it('are examples for the like of their tenant, at a price that the ledger tells', async () => {
    const [one, two, other] = [gateway.key('trains'), gateway.key('trains'), gateway.key('boats')];
    const train = await ask(one, TRAIN);
    expect(decided(train)).toMatchObject({ action: 'found-no-examples' });
    expect(await gateway.rate(train.row.id, 1, one)).toEqual({ kept: true });
    const boat = await ask(two, BOAT);
    expect(await gateway.rate(boat.row.id, 0.9, two)).toEqual({ kept: true });

    const late = await ask(two, LATE);
    expect(turns(late)).toEqual([
      'system: Be brief.',
      `user: ${MARK}${TRAIN}`,
      `assistant: ${ANSWERS[TRAIN]}`,
      `user: ${LATE}`,
    ]);
    expect(late.examples).toBe('1');
    expect(decided(late)).toMatchObject({
      action: 'gave-examples',
      // 9 of 10 words are the same.
      details: { examples: [{ callId: train.row.id, rating: 1, similarity: 0.9 }], addedTokens: 32 },
      // 32 × $2.50/M: so much less it would have cost without.
      savedUsd: '-0.000080',
    });
    // 100 × $2.50/M + 20 × $10/M.
    expect(late.row.costUsd).toBe('0.000450');
    expect(JSON.stringify(late.row.decisions)).not.toContain('Ghent');

    const elsewhere = await ask(other, LATE);
    expect(turns(elsewhere)).toEqual(['system: Be brief.', `user: ${LATE}`]);
    expect(decided(elsewhere)).toMatchObject({ action: 'found-no-examples' });
  });

  it('are none any more once they are rated worse, are gone, or are taken away', async () => {
    const key = gateway.key('fickle');
    const { row } = await ask(key, TRAIN);
    const shown = async (): Promise<string | null> => (await ask(key, LATE)).examples;
    await gateway.rate(row.id, 1, key);
    expect(await shown()).toBe('1');
    const worse = { kept: false, why: 'its rating is below 0.8' };
    expect(await gateway.rate(row.id, 0.2, key)).toEqual(worse);
    expect(await shown()).toBeNull();

    await gateway.rate(row.id, 1, key);
    expect(await gateway.examples.drop(row.id)).toBe(true);
    expect(await shown()).toBeNull();

    await gateway.rate(row.id, 1, key);
    await gateway.sql.query('delete from illm.calls where id = $1', [row.id]);
    expect(await shown()).toBeNull();
  });

  it('have the task, the name and the form of the answer in common with the call', async () => {
    const key = gateway.key('kinds');
    const { row } = await ask(key, TRAIN);
    await gateway.rate(row.id, 1, key);
    const schema = (field: string) => ({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object', properties: { [field]: { type: 'string' } } } },
      },
    });
    expect((await ask(key, LATE, { model: 'other' })).examples).toBeNull();
    expect((await ask(key, `Translate: ${LATE}`)).examples).toBeNull();
    const inJson = await ask(key, TRAIN, { change: schema('train') });
    expect(inJson.examples).toBeNull();
    expect(await gateway.rate(inJson.row.id, 1, key)).toEqual({ kept: true });
    const again = await ask(key, LATE, { change: schema('train') });
    expect(decided(again)).toMatchObject({ details: { examples: [{ callId: inJson.row.id }] } });
    expect((await ask(key, LATE, { change: schema('ship') })).examples).toBeNull();
  });

  it('stand before the passages of documents, which stand before the question', async () => {
    const text = `${LATE} See the table.`;
    const { id } = await gateway.library.add({ collection: 'handbook', name: 'trains.md', text });
    const key = gateway.key('readers');
    const { row } = await ask(key, TRAIN);
    expect(await gateway.rate(row.id, 1, key)).toEqual({ kept: true });
    const asked = await ask(key, LATE);
    expect(asked.sent.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(asked.sent[1]?.content).toBe(MARK + TRAIN);
    expect(JSON.stringify(asked.sent[3])).toMatch(/trains\.md.*See the table.*in the night/);
    await gateway.library.remove(id);
  });

  it('serve other dialects, streamed', async () => {
    const key = gateway.key('anthropic');
    const stream = async (question: string): Promise<CallRecord> => {
      const count = gateway.harness.rows.length + 1;
      await anthropicClient({ origin: gateway.harness.url, key })
        .messages.stream({
          model: 'claude-haiku-4-5',
          max_tokens: 50,
          system: 'Be brief.',
          messages: [{ role: 'user', content: question }],
        })
        .finalText();
      return await gateway.stored(count);
    };
    const first = await stream(TRAIN);
    expect(await gateway.rate(first.id, 1, key)).toEqual({ kept: true });
    const row = await stream(LATE);
    expect(decided({ row })).toMatchObject({ action: 'gave-examples' });
    const sent = JSON.parse(anthropic.requests.at(-1)?.body.toString() ?? '{}') as {
      messages: { role: string }[];
    };
    expect(sent.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.stringify(sent.messages)).toContain(ANSWERS[TRAIN]);
  });
});

it('sends calls as they are that examples do not fit, and makes none of them', async () => {
  const key = gateway.key('others');
  const { row } = await ask(key, TRAIN);
  await gateway.rate(row.id, 1, key);
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
  const before = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi' },
  ];
  for (const [why, given] of [
    ['it brings tools', { change: { tools } }],
    ['its question is part of a conversation', { before }],
  ] as const) {
    const asked = await ask(key, LATE, given);
    expect(decided(asked)).toMatchObject({ action: 'skipped-examples', why });
    expect(JSON.stringify(asked.sent)).not.toContain('another conversation');
    expect(await gateway.rate(asked.row.id, 1, key)).toEqual({ kept: false, why });
  }
});
