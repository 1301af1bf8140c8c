import type Anthropic from '@anthropic-ai/sdk';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { NO_COMPRESS } from '../../src/core/plan/compress.ts';
import { DEFAULT_FIT, type FitSettings } from '../../src/core/plan/fit.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import {
  DOCUMENT,
  DOCUMENT_ASKED,
  expectPaid,
  expectWholePairs,
  failure,
  PRICES,
  QUESTION,
  refusal,
  refusedAt,
  textOf,
  TOOLS,
  TURNS,
} from './fit-prompts.ts';
import { type Harness, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

const ANSWER_TOKENS = 7;
const WINDOW = 1200;
let openai: FakeProvider;
let anthropic: FakeProvider;
let gateway: Harness;

/** Tokens that the fake providers billed for each of their answers. */
let billed: { input: number; output: number }[];

async function start(
  fit: Partial<FitSettings>,
  models: readonly string[],
  providers: Record<string, object> = {},
  levers: Partial<Plan> = {},
): Promise<void> {
  const of = (fake: FakeProvider, contextWindows: Record<string, number>): object => ({
    kind: fake.api,
    baseUrl: fake.baseUrl,
    contextWindows,
  });
  gateway = await startHarness({
    providers: {
      openai: of(openai, { 'gpt-4o-mini': WINDOW, 'gpt-4o': 8000 }),
      anthropic: of(anthropic, { 'claude-haiku-4-5': WINDOW }),
      ...providers,
    },
    models: { reader: models },
    prices: PRICES,
    levers: { ...levers, fit: { ...DEFAULT_FIT, noteTokens: 100, reserveTokens: 100, ...fit } },
  });
}

const sdk = (): OpenAI => openAiClient({ origin: gateway.url, key: 'sk-test' });

async function ask(messages: OpenAI.ChatCompletionMessageParam[], change: object = {}) {
  const { data, response } = await sdk()
    .chat.completions.create({
      model: 'reader',
      messages,
      ...change,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)
    .withResponse();
  return { text: data.choices[0]?.message.content, header: response.headers.get('x-illm-fit'), data };
}

const fitted = (row: CallRecord) => row.decisions.filter(({ stage }) => stage === 'fit');
const bodies = (fake: FakeProvider): JsonObject[] => fake.requests.map((request) => request.json());

beforeAll(async () => {
  [openai, anthropic] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'anthropic' }),
  ]);
});
afterAll(async () => await Promise.all([openai.close(), anthropic.close()]));
beforeEach(() => {
  billed = [];
  for (const fake of [openai, anthropic]) {
    fake.reset();
    fake.script((asked) => {
      const input = countTokens(asked.promptText) + 7;
      billed.push({ input, output: ANSWER_TOKENS });
      if (asked.lastUserText.includes('Summarise it for the assistant'))
        return scenarioOf(asked, {
          text: ['It was about records.'],
          usage: usageOf({ input, output: ANSWER_TOKENS }),
        });
      const found = /ship 703 paid a toll of \d+ guilders/.exec(asked.promptText)?.[0];
      return scenarioOf(asked, {
        text: found ? [found] : ['NOTHING TO NOTE'],
        usage: usageOf({ input, output: ANSWER_TOKENS }),
      });
    });
  }
});
afterEach(() => gateway.close());

describe('a longer window', () => {
  it('is taken among the own candidates when the first is known to be too small; nothing else changes', async () => {
    await start({}, ['openai/gpt-4o-mini', 'openai/gpt-4o']);
    const { text, header } = await ask(DOCUMENT_ASKED);
    expect(text).toBe('ship 703 paid a toll of 1305 guilders');
    expect(bodies(openai)).toMatchObject([{ model: 'gpt-4o', messages: DOCUMENT_ASKED }]);
    expect(header).toMatch(/^longer-window;tokens=\d+;window=8000$/);
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([
      {
        action: 'passed-over',
        details: {
          way: 'longer-window',
          window: WINDOW,
          longerWindow: 8000,
          reserveTokens: 100,
          target: 'openai/gpt-4o',
        },
      },
    ]);
    expectPaid(row, billed);
  });

  it('is taken from the list of longer ones when the provider refuses', async () => {
    await start({ longer: [{ provider: 'anthropic', model: 'claude-sonnet-4-5' }] }, ['openai/some-model']);
    openai.failNext(refusedAt(1000, 3500));
    const { text, header } = await ask(DOCUMENT_ASKED);
    expect(text).toBe('ship 703 paid a toll of 1305 guilders');
    expect(header).toMatch(/^longer-window;tokens=\d+;window=200000$/);
    const row = await gateway.row();
    expect(row.target).toEqual({ provider: 'anthropic', model: 'claude-sonnet-4-5' });
    expectPaid(row, billed, 1);
  });

  it('asks the server itself for what it takes', async () => {
    const vllm = await startFakeProvider({ api: 'openai-compatible' });
    vllm.failNext({
      kind: 'content-type',
      value: 'application/json',
      body: JSON.stringify({ object: 'list', data: [{ id: 'small', object: 'model', max_model_len: 900 }] }),
    });
    await start({}, ['vllm/small', 'openai/gpt-4o'], { vllm: { kind: vllm.api, baseUrl: vllm.baseUrl } });
    const { header } = await ask(DOCUMENT_ASKED);
    expect(header).toMatch(/window=8000$/);
    expect(vllm.requests.map(({ url }) => url)).toEqual(['/v1/models']);
    await vllm.close();
  });
});

describe('map-reduce', () => {
  it('takes notes on each part and answers from them, as a stream', async () => {
    await start({ ways: ['map-reduce'] }, ['openai/gpt-4o-mini']);
    const { data: stream, response } = await sdk()
      .chat.completions.create({ model: 'reader', messages: DOCUMENT_ASKED, stream: true, temperature: 0.3 })
      .withResponse();
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('ship 703 paid a toll of 1305 guilders');
    const sent = bodies(openai);
    const last = sent.at(-1)!;
    const parts = sent.slice(0, -1);
    expect(parts.length).toBeGreaterThanOrEqual(4);
    expect(response.headers.get('x-illm-fit')).toMatch(
      new RegExp(`^map-reduce;before=\\d+;after=\\d+;window=${WINDOW};parts=${parts.length}$`),
    );
    // Each sentence is in one part, and each part asks the question.
    for (let entry = 1; entry <= 200; entry++)
      expect(parts.filter((part) => textOf(part).includes(`Entry ${entry} of`))).toHaveLength(1);
    for (const part of parts) {
      expect(part['stream']).not.toBe(true);
      expect(textOf(part)).toContain(QUESTION);
      expect(countTokens(textOf(part))).toBeLessThan(WINDOW);
    }
    expect(last).toMatchObject({ stream: true, temperature: 0.3, model: 'gpt-4o-mini' });
    expect(textOf(last)).toContain(QUESTION);
    expect(textOf(last)).toContain('[Notes 1]\\nship 703 paid a toll of 1305 guilders');
    expect(textOf(last)).not.toContain('Entry 5 of');
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([
      {
        action: 'map-reduced',
        details: {
          way: 'map-reduce',
          window: WINDOW,
          parts: parts.length,
          asked: parts.length,
          cutNotes: 0,
          exact: true,
        },
      },
    ]);
    expect(billed).toHaveLength(parts.length + 1);
    expectPaid(row, billed);
  });

  it('works for Anthropic clients, from the provider’s own refusal', async () => {
    await start({ ways: ['map-reduce'] }, ['anthropic/claude-unheard-of']);
    anthropic.failNext({
      ...refusal('Anthropic'),
      body: refusal('Anthropic').body.replace('210000', '3600').replace('200000', '1200'),
    });
    const stream = anthropicClient({ origin: gateway.url, key: 'sk-test' }).messages.stream({
      model: 'reader',
      max_tokens: 90,
      system: 'You read logs.',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: DOCUMENT },
            { type: 'text', text: QUESTION },
          ],
        },
      ],
    });
    expect((await stream.finalMessage()).content).toMatchObject([
      { type: 'text', text: 'ship 703 paid a toll of 1305 guilders' },
    ] satisfies Partial<Anthropic.TextBlock>[]);
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([{ action: 'map-reduced', details: { window: 1200 } }]);
    expect(anthropic.requests.length).toBe(billed.length);
    expectPaid(row, billed, 1);
  });

  it('is refused when it takes more questions than allowed, before one is asked', async () => {
    await start({ ways: ['map-reduce'], mostAsks: 2 }, ['openai/gpt-4o-mini']);
    const error = await failure(ask(DOCUMENT_ASKED));
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded' });
    expect(error.message).toMatch(
      /takes [\d,]+ tokens \([\d,]+ of prompt, 100 kept for the answer\) and fits into none of its models: openai\/gpt-4o-mini \(1,200\)/,
    );
    expect(error.message).toContain('more than fit.mostAsks (2)');
    expect(error.message).toContain('name models with longer windows in fit.longer');
    expect(openai.requests).toEqual([]);
    expect(await gateway.row()).toMatchObject({ status: 'error', costUsd: '0.000000' });
  });
});

describe('compression', () => {
  const compressing = {
    compress: { ...NO_COMPRESS, scorer: 'lexical' as const, task: 'retrieval' as const, protect: [] },
  };
  const SHORT = [
    DOCUMENT_ASKED[0]!,
    { role: 'user' as const, content: `${DOCUMENT.slice(4000, 12_000)}\n\n${QUESTION}` },
  ];

  it('leaves out what matters least, once, when it is known before', async () => {
    await start({ ways: ['compress'] }, ['openai/gpt-4o-mini'], {}, compressing);
    const { text, header } = await ask(SHORT);
    expect(text).toBe('ship 703 paid a toll of 1305 guilders');
    expect(openai.requests).toHaveLength(1);
    const [sent] = bodies(openai);
    expect(countTokens(textOf(sent!))).toBeLessThan(WINDOW);
    expect(textOf(sent!)).toContain(QUESTION);
    expect(header).toMatch(/^compress;before=\d+;after=\d+;window=1200$/);
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([
      { action: 'compressed', details: { way: 'compress', window: WINDOW } },
    ]);
    expectPaid(row, billed);
  });

  it('is tried when the provider refuses', async () => {
    await start({ ways: ['compress'] }, ['openai/some-model'], {}, compressing);
    openai.failNext(refusedAt(1500, 2400));
    await ask(SHORT);
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([{ action: 'compressed', details: { window: 1500 } }]);
    expectPaid(row, billed, 1);
  });
});

describe('refine', () => {
  it('reads part by part with the notes so far, when the provider refuses', async () => {
    await start({ ways: ['refine'], notesBy: { provider: 'anthropic', model: 'claude-haiku-4-5' } }, [
      'openai/some-model',
    ]);
    openai.failNext(refusedAt(1200, 3500));
    const { text, header } = await ask(DOCUMENT_ASKED);
    expect(text).toBe('ship 703 paid a toll of 1305 guilders');
    const read = bodies(anthropic).map(textOf);
    expect(header).toMatch(new RegExp(`^refine;.*;parts=${read.length}$`));
    expect(read[0]).toContain('<notes>\\n(none yet)\\n</notes>');
    expect(read.at(-1)).toContain('<notes>\\nship 703 paid a toll of 1305 guilders\\n</notes>');
    const row = await gateway.row();
    expect(row.target).toEqual({ provider: 'openai', model: 'some-model' });
    expect(fitted(row)).toMatchObject([
      { action: 'refined', details: { parts: read.length, notesBy: 'anthropic/claude-haiku-4-5' } },
    ]);
    expectPaid(row, billed, 1);
  });

  it('asks nobody in vain, when it is known before: each part is read once, in order, by the model itself, and each fits', async () => {
    await start({ ways: ['refine'] }, ['openai/gpt-4o-mini']);
    const { text, header } = await ask(DOCUMENT_ASKED);
    expect(text).toBe('ship 703 paid a toll of 1305 guilders');
    const sent = bodies(openai).map(textOf);
    const read = sent.slice(0, -1);
    expect(read.length).toBeGreaterThanOrEqual(4);
    expect(header).toMatch(new RegExp(`^refine;.*;window=${WINDOW};parts=${read.length}$`));
    for (const each of sent) expect(countTokens(each)).toBeLessThan(WINDOW);
    const places = Array.from({ length: 200 }, (_, n) =>
      read.flatMap((part, at) => (part.includes(`Entry ${n + 1} of`) ? [at] : [])),
    );
    for (const place of places) expect(place).toHaveLength(1);
    const order = places.flat();
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([
      { action: 'refined', details: { window: WINDOW, parts: read.length, exact: true } },
    ]);
    expect(billed).toHaveLength(sent.length);
    expectPaid(row, billed);
  });
});

describe('the oldest turns', () => {
  it('are left out with a summary, when it is known before', async () => {
    await start({ ways: ['longer-window', 'drop-oldest'] }, ['openai/gpt-4o-mini']);
    const { header } = await ask(TURNS, { tools: TOOLS });
    const sent = bodies(openai);
    const last = sent.at(-1)!;
    expectWholePairs(last);
    expect(countTokens(textOf(last))).toBeLessThan(WINDOW);
    expect(textOf(last)).toMatch(
      /\d+ earlier messages of this conversation were left out here.*A summary of them:\]\\n\\nIt was about records/,
    );
    expect(last).toMatchObject({ tools: TOOLS });
    expect((last['messages'] as JsonObject[])[0]).toEqual(TURNS[0]);
    expect((last['messages'] as JsonObject[]).at(-1)).toEqual(TURNS.at(-1));
    expect(header).toMatch(/^drop-oldest;before=\d+;after=\d+;window=1200;dropped=\d+$/);
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([
      { action: 'could-not', why: 'longer-window: there is no candidate with a longer window' },
      { action: 'dropped', details: { way: 'drop-oldest', window: WINDOW, summaryBy: 'openai/gpt-4o-mini' } },
    ]);
    expect(sent.length).toBe(billed.length);
    expectPaid(row, billed);
  });

  it('are left out with a note only when that was chosen, when the provider refuses', async () => {
    await start({ ways: ['drop-oldest'], summary: false }, ['openai/some-model']);
    openai.failNext(refusedAt(1000, 2600));
    const { header } = await ask(TURNS, { tools: TOOLS });
    const [, last] = bodies(openai);
    expect(openai.requests).toHaveLength(2);
    expectWholePairs(last!);
    expect(textOf(last!)).toMatch(
      /earlier messages of this conversation were left out here: they do not fit/,
    );
    expect(header).toMatch(/^drop-oldest;/);
    const row = await gateway.row();
    expect(fitted(row)).toMatchObject([
      { action: 'dropped', why: expect.stringContaining('without a summary') },
    ]);
    expectPaid(row, billed, 1);
  });
});

describe('what fits nowhere', () => {
  it('is one error that says what is needed and what would help', async () => {
    await start({ ways: ['longer-window', 'drop-oldest', 'compress'] }, [
      'openai/gpt-4o-mini',
      'anthropic/claude-haiku-4-5',
    ]);
    const error = await failure(ask([{ role: 'user', content: DOCUMENT }]));
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded' });
    expect(error.message).toContain('openai/gpt-4o-mini (1,200), anthropic/claude-haiku-4-5 (1,200)');
    expect(error.message).toContain('drop-oldest: there are no earlier turns to leave out');
    expect(error.message).toContain('compress: ');
    expect(error.message).toContain('add map-reduce, refine to fit.ways');
    expect(openai.requests).toEqual([]);
  });

  it('keeps the provider’s own words when it was the provider who refused', async () => {
    await start({}, ['openai/some-model']);
    openai.failNext(refusedAt(1000, 3500));
    const error = await failure(ask(DOCUMENT_ASKED));
    expect(error.message).toContain("This model's maximum context length is 1000 tokens.");
    expect(error.message).toContain('openai/some-model (1,000)');
    expect(openai.requests).toHaveLength(1);
  });
});

describe('a call that fits', () => {
  it('passes byte for byte, undecided', async () => {
    await start({ ways: ['longer-window', 'map-reduce', 'drop-oldest'] }, ['openai/gpt-4o']);
    const { header } = await ask([{ role: 'user', content: 'Hi' }]);
    expect(header).toBeNull();
    expect(fitted(await gateway.row())).toEqual([]);
  });
});
