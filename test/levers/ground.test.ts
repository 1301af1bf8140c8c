import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GroundSettings, NO_GROUND } from '../../src/core/plan/ground.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { createLibrary, type Library } from '../../src/policy/ground/index.ts';
import { memoryDocuments } from '../../src/policy/ground/memory-documents.contract.ts';
import { wordEmbedder } from '../../src/policy/ground/word-embedder.contract.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

/** 1,000 × $2.50/M + 200 × $10/M = $0.0045 an answer. */
const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }],
};
const USAGE = usageOf({ input: 1000, output: 200 });
const SOURCE = 'The notice period is three months to the end of a quarter.';
const GROUNDED = 'The notice period is three months [1].';
const INVENTED = 'Employees may leave on any day without telling anybody.';
const QUESTION = 'How long is the notice period?';
const CHECK = { minShare: 0.5, minSupport: 0.6, remedy: 'flag', escalateTo: null } as const;

let openai: FakeProvider;
let anthropic: FakeProvider;
let library: Library;
let gateway: Harness;

async function start(ground: Partial<GroundSettings>): Promise<void> {
  gateway = await startHarness({
    providers: { openai, anthropic },
    models: { helper: ['openai/gpt-4o-mini'] },
    prices: PRICES,
    levers: { ground: { ...NO_GROUND, collection: 'handbook', ...ground } },
    services: { library, embedder: wordEmbedder },
  });
}

/** The n-th answer is the n-th text, and the last one from then on. */
function answer(...texts: string[]): void {
  let asked = 0;
  for (const fake of [openai, anthropic])
    fake.script((request) => {
      const text = texts[Math.min(asked++, texts.length - 1)] ?? '';
      return scenarioOf(request, { text: [text], usage: USAGE, serviceTier: null });
    });
}

async function ask(content: string = QUESTION) {
  const { data, response } = await openAiClient({ origin: gateway.url, key: 'sk-test' })
    .chat.completions.create({ model: 'helper', messages: [{ role: 'user', content }] })
    .withResponse();
  return { text: data.choices[0]?.message.content, headers: response.headers, row: await gateway.row() };
}

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
  anthropic = await startFakeProvider({ api: 'anthropic' });
});
beforeEach(async () => {
  for (const fake of [openai, anthropic]) fake.reset();
  library = createLibrary({ store: memoryDocuments(), embedder: wordEmbedder });
  await library.add({ collection: 'handbook', name: 'leaving.md', text: SOURCE });
  await library.add({
    collection: 'handbook',
    name: 'food.md',
    text: 'Lunch is served at noon in the hall.',
  });
  answer(GROUNDED);
});
afterEach(() => gateway.close());
afterAll(async () => {
  await openai.close();
  await anthropic.close();
});

describe('an alias with documents', () => {
  it('asks with the passages that are near to the question, and tells their names', async () => {
    await start({});
    const { text, headers, row } = await ask();
    expect(text).toBe(GROUNDED);
    expect(headers.get('x-illm-sources')).toBe('leaving.md');
    const sent = openai.requests[0]?.body.toString() ?? '';
    expect(sent).toContain(`[1] leaving.md\\n${SOURCE}`);
    expect(sent).not.toContain('Lunch');
    expect(row.decisions.find(({ stage }) => stage === 'ground')).toMatchObject({ action: 'retrieved' });
    expect(row.costUsd).toBe('0.004500');
  });

  it('does so for clients of Anthropic, streamed', async () => {
    await start({ check: CHECK });
    const stream = anthropicClient({ origin: gateway.url, key: 'sk-test' }).messages.stream({
      model: 'claude-haiku-4-5',
      max_tokens: 50,
      messages: [{ role: 'user', content: QUESTION }],
    });
    expect(await stream.finalText()).toBe(GROUNDED);
    expect(anthropic.requests[0]?.body.toString()).toContain(SOURCE);
    const row = await gateway.row();
    expect(row.decisions.map(({ action }) => action)).toContain('supported');
  });

  it('leaves a question alone that no passage is near to', async () => {
    await start({});
    const { headers, row } = await ask('Tell me a joke about penguins');
    expect(headers.get('x-illm-sources')).toBeNull();
    expect(openai.requests[0]?.body.toString()).not.toContain('sources below');
    expect(row.decisions.map(({ action }) => action)).toContain('found-nothing');
  });
});

describe('the check of an answer', () => {
  it('flags one that the sources do not support', async () => {
    answer(INVENTED);
    await start({ check: CHECK });
    const { text, headers, row } = await ask();
    expect(text).toBe(INVENTED);
    expect(headers.get('x-illm-grounded')).toBe('0.000');
    expect(row.decisions.find(({ action }) => action === 'flagged')).toMatchObject({
      details: { share: 0, sentences: 1, unsupported: [0] },
    });
    expect(JSON.stringify(row.decisions)).not.toContain('Employees');
  });

  it('asks once more, and the bill holds both answers', async () => {
    answer(INVENTED, GROUNDED);
    await start({ check: { ...CHECK, remedy: 'retry' } });
    const { text, headers, row } = await ask();
    expect(text).toBe(GROUNDED);
    expect(headers.get('x-illm-grounded')).toBe('1.000');
    expect(openai.requests).toHaveLength(2);
    expect(openai.requests[1]?.body.toString()).toContain('State only what the sources say');
    expect(row.costUsd).toBe('0.009000');
    expect(row.usage).toMatchObject({ input: 2000, output: 400 });
    expect(row.costParts.filter(({ stage }) => stage === 'ground')).toHaveLength(2);
  });

  it('asks another model when it is to escalate', async () => {
    answer(INVENTED, GROUNDED);
    const escalateTo = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
    await start({ check: { ...CHECK, remedy: 'escalate', escalateTo } });
    const { text, row } = await ask();
    expect(text).toBe(GROUNDED);
    expect(anthropic.requests).toHaveLength(1);
    expect(row).toMatchObject({ target: escalateTo, costUsd: '0.009000' });
    expect(row.costParts.find(({ stage }) => stage === 'ground')?.target).toBe('openai/gpt-4o-mini');
  });

  it('passes a supported answer on at its own price, also as a stream that was held back', async () => {
    await start({ check: { ...CHECK, remedy: 'retry' } });
    const stream = await openAiClient({ origin: gateway.url, key: 'sk-test' }).chat.completions.create({
      model: 'helper',
      stream: true,
      messages: [{ role: 'user', content: QUESTION }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(GROUNDED);
    expect((await gateway.row()).costUsd).toBe('0.004500');
  });
});

it('says which model is missing where documents cannot be looked up', async () => {
  const embedder = {
    ...wordEmbedder,
    embed: () => Promise.reject(new Error('no model')),
  };
  library = createLibrary({ store: memoryDocuments(), embedder });
  await start({});
  await expect(ask()).rejects.toBeInstanceOf(OpenAI.InternalServerError);
});
