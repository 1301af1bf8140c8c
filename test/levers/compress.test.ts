import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CompressSettings, NO_COMPRESS } from '../../src/core/plan/compress.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { createGuards } from '../../src/policy/compress/index.ts';
import { localBus } from '../../src/shared/index.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const SETTINGS: CompressSettings = {
  ...NO_COMPRESS,
  enabled: true,
  scorer: 'lexical',
  keepRatio: 0.5,
  minTokens: 50,
};
/** $2.50 and $10 for a million tokens: 2,500,000 and 10,000,000 picodollars a token. */
const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }],
};
const PICO_INPUT = 2_500_000n;
const PICO_OUTPUT = 10_000_000n;

const PARAGRAPHS = [
  'The harbour of Ostend was rebuilt in 1958. Its quays are long. Gulls like them. The mayor was fond of cycling.',
  'Bread is baked every morning in the old town. The baker rises at three. His oven is heated with beech wood.',
  'Ferries to Dover left the harbour of Ostend until 1994. The last ferry was called Reine Astrid.',
  'Tourists come for the beach and the casino. They eat waffles with cream. It often rains in spring.',
];
const SOURCES = `Use these sources.\n\n${PARAGRAPHS.join('\n\n')}\n\n`;
const QUESTION = 'What was the last ferry from Ostend to Dover called?';

let openai: FakeProvider;
let anthropic: FakeProvider;
let gateway: Harness;

/** Bills what it was sent by the tokenizer of the model, with seven tokens for its format. */
function billing(provider: FakeProvider): void {
  provider.script((ask) =>
    scenarioOf(ask, {
      text: ['Reine ', 'Astrid'],
      usage: usageOf({ input: countTokens(ask.promptText) + 7, output: 5 }),
    }),
  );
}

async function start(
  change: Partial<CompressSettings> = {},
  options: Partial<HarnessOptions> = {},
): Promise<Harness> {
  gateway = await startHarness({
    providers: { openai, anthropic },
    prices: PRICES,
    levers: { compress: { ...SETTINGS, ...change } },
    ...options,
  });
  return gateway;
}

beforeAll(async () => {
  [openai, anthropic] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'anthropic' }),
  ]);
});
afterAll(async () => await Promise.all([openai.close(), anthropic.close()]));
beforeEach(() => {
  for (const fake of [openai, anthropic]) {
    fake.reset();
    billing(fake);
  }
});
afterEach(() => gateway.close());

const usd = (pico: bigint): string => {
  const digits = (pico < 0n ? -pico : pico).toString().padStart(13, '0');
  const fraction = digits.slice(-12);
  return `${pico < 0n ? '-' : ''}${digits.slice(0, -12)}.${fraction.slice(0, 6)}${fraction.slice(6).replace(/0+$/, '')}`;
};
const client = (headers: Record<string, string> = {}) =>
  openAiClient({ origin: gateway.url, key: 'any', headers });
const sentTexts = (provider: FakeProvider): string[] => {
  const { messages } = provider.requests.at(-1)!.json() as unknown as {
    messages: { content: string | { text: string }[] }[];
  };
  return messages.map(({ content }) =>
    typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  );
};

describe('compression, end to end', () => {
  it('sends half of the tokens, and books exactly what the others would have cost', async () => {
    await start();
    const { data, response } = await client()
      .chat.completions.create({
        model: 'openai/gpt-4o',
        messages: [
          { role: 'system', content: 'You are terse. You never guess. You are polite.' },
          { role: 'user', content: SOURCES + QUESTION },
        ],
        user: 'ada',
      })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('Reine Astrid');
    const [system, user] = sentTexts(openai);
    expect(system).toBe('You are terse. You never guess. You are polite.');
    expect(user).toContain('The last ferry was called Reine Astrid.');
    expect(user?.endsWith(QUESTION)).toBe(true);
    expect(user).not.toContain('baker');
    expect(openai.requests[0]?.json()).toMatchObject({ model: 'gpt-4o', user: 'ada' });
    for (const name of Object.keys(openai.requests[0]!.headers)) expect(name).not.toMatch(/^x-illm/);

    const before = countTokens(SOURCES + QUESTION);
    const after = countTokens(user ?? '');
    expect(after).toBeLessThanOrEqual(before / 2);
    const row = await gateway.row();
    const decision = row.decisions.find(({ stage }) => stage === 'compress');
    expect(decision).toMatchObject({
      action: 'compressed',
      details: {
        task: 'retrieval',
        tokensBefore: before,
        tokensAfter: after,
        tokensOf: 'gpt-4o',
        exact: true,
        protect: ['system', 'tool-results', 'cached', 'json', 'code', 'examples', 'numbers'],
      },
    });
    expect(decision?.savedUsd).toBe(usd(BigInt(before - after) * PICO_INPUT));
    expect(row.costUsd).toBe(usd(BigInt(row.usage.input) * PICO_INPUT + 5n * PICO_OUTPUT));
    expect(response.headers.get('x-illm-compress')).toBe(`${after}/${before}`);
  });

  it("takes the compressor's own time off what it saved", async () => {
    await start({ machineHourlyUsd: '36' });
    await client().chat.completions.create({
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content: SOURCES + QUESTION }],
    });
    const row = await gateway.row();
    const decision = row.decisions.find(({ stage }) => stage === 'compress');
    const { tokensBefore, tokensAfter, ownMs } = (decision?.details ?? {}) as Record<string, number>;
    // $36 an hour are 10,000 picodollars a microsecond.
    const own = BigInt(Math.round(ownMs! * 1000)) * 10_000n;
    expect(row.costParts.find(({ stage }) => stage === 'compress')).toMatchObject({
      per: 'hour',
      units: ownMs,
      rateUsd: '36.000000',
      costUsd: usd(own),
    });
    expect(decision?.savedUsd).toBe(usd(BigInt(tokensBefore! - tokensAfter!) * PICO_INPUT - own));
    expect(row.costUsd).toBe(usd(BigInt(row.usage.input) * PICO_INPUT + 5n * PICO_OUTPUT + own));
  });

  it('streams, and sends the same bytes for the same call', async () => {
    await start();
    for (let turn = 0; turn < 2; turn++) {
      const stream = await client().chat.completions.create({
        model: 'openai/gpt-4o',
        messages: [{ role: 'user', content: SOURCES + QUESTION }],
        stream: true,
      });
      let text = '';
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      expect(text).toBe('Reine Astrid');
    }
    const [first, second] = openai.requests.map(({ body }) => body.toString());
    expect(second).toBe(first);
    expect((await gateway.row(2)).decisions.some(({ savedUsd }) => savedUsd !== undefined)).toBe(true);
  });

  it('keeps the beginning of a conversation the same from turn to turn', async () => {
    await start();
    const opening = { role: 'user' as const, content: SOURCES + QUESTION };
    const send = async (messages: { role: 'user' | 'assistant'; content: string }[]) => {
      await client().chat.completions.create({ model: 'openai/gpt-4o', messages });
      return sentTexts(openai);
    };
    const [first] = await send([opening]);
    const later = await send([
      opening,
      { role: 'assistant', content: 'Reine Astrid.' },
      { role: 'user', content: 'And who bakes the bread?' },
    ]);
    expect(later[0]).toBe(first);
    expect(later[2]).toBe('And who bakes the bread?');
  });

  it('leaves mathematics, code, JSON, results of tools and what is asked to be cached alone', async () => {
    await start();
    const sum = `Tom buys 3 apples and 14 pears. ${'He walks 2 miles home. '.repeat(12)}How many pieces of fruit has he?`;
    await client().chat.completions.create({
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content: sum }],
    });
    expect(sentTexts(openai)).toEqual([sum]);
    expect((await gateway.row()).decisions).toContainEqual(
      expect.objectContaining({
        stage: 'compress',
        action: 'left',
        why: 'tasks of the class mathematics are left alone',
      }),
    );

    const claude = anthropicClient({ origin: gateway.url, key: 'any' });
    const text = SOURCES + QUESTION;
    await claude.messages.create({
      model: 'anthropic/claude-sonnet-4-5',
      max_tokens: 100,
      messages: [
        { role: 'user', content: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }] },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'search', input: { q: 'x' } }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text }] }],
        },
      ],
      tools: [{ name: 'search', input_schema: { type: 'object' } }],
    });
    const { messages } = anthropic.requests[0]!.json() as unknown as { messages: { content: unknown[] }[] };
    expect(messages[0]?.content).toEqual([{ type: 'text', text, cache_control: { type: 'ephemeral' } }]);
    expect(messages[2]?.content).toMatchObject([{ tool_use_id: 't1', content: [{ text }] }]);
  });

  it('obeys the headers of a call', async () => {
    await start({ keepRatio: 0.9 });
    const ask = async (headers: Record<string, string>) => {
      await client(headers).chat.completions.create({
        model: 'openai/gpt-4o',
        messages: [{ role: 'user', content: SOURCES + QUESTION }],
      });
      return countTokens(sentTexts(openai)[0]!) / countTokens(SOURCES + QUESTION);
    };
    expect(await ask({ 'x-illm-compress': 'off' })).toBe(1);
    expect(await ask({ 'x-illm-task': 'mathematics' })).toBe(1);
    expect(await ask({ 'x-illm-compress': '0.4' })).toBeLessThanOrEqual(0.4);
    await expect(ask({ 'x-illm-compress': '0' })).rejects.toMatchObject({ status: 400 });
    const [off] = gateway.rows[0]!.decisions.filter(({ stage }) => stage === 'compress');
    expect(off).toMatchObject({ action: 'skipped', why: 'the client asks for it' });
  });

  it('sends a call as it is, and says why, when the model is missing', async () => {
    await start({ scorer: 'embedding' });
    await client().chat.completions.create({
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content: SOURCES + QUESTION }],
    });
    expect(sentTexts(openai)).toEqual([SOURCES + QUESTION]);
    expect((await gateway.row()).decisions).toContainEqual(
      expect.objectContaining({
        stage: 'compress',
        action: 'skipped',
        why: expect.stringContaining('models pull minilm'),
      }),
    );
  });

  it.each([
    [
      'takes too long',
      40,
      async () => await new Promise<Float32Array[]>(() => undefined),
      'longer than 40 ms',
    ],
    ['fails', 5_000, async () => await Promise.reject(new Error('out of memory')), 'the log says why'],
  ])('sends a call as it is when the compressor %s', async (_, maxMs, embed, why) => {
    const embedder = { dimensions: 2, ready: async () => undefined, embed };
    await start({ scorer: 'embedding', maxMs }, { services: { embedder } });
    await client().chat.completions.create({
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content: SOURCES + QUESTION }],
    });
    expect(sentTexts(openai)).toEqual([SOURCES + QUESTION]);
    expect((await gateway.row()).decisions).toContainEqual(
      expect.objectContaining({ action: 'skipped', why: expect.stringContaining(why) as string }),
    );
  });

  it('leaves out single words with a model of LLMLingua-2, and says when there is none', async () => {
    const model = mkdtempSync(join(tmpdir(), 'llmlingua2-'));
    writeTinyEncoder(model, 2);
    writeFileSync(join(model, 'config.json'), '{}');
    const ask = async () => {
      await client().chat.completions.create({
        model: 'openai/gpt-4o',
        messages: [{ role: 'user', content: SOURCES + QUESTION }],
      });
      return sentTexts(openai)[0] ?? '';
    };
    await start({ method: 'llmlingua2', model, keepRatio: 0.8 });
    const sent = await ask();
    const [before, after] = [countTokens(SOURCES + QUESTION), countTokens(sent)];
    expect(after).toBeLessThanOrEqual(0.8 * before);
    expect(sent.endsWith(QUESTION)).toBe(true);
    expect(sent).toContain('1958');
    const decision = (await gateway.row()).decisions.find(({ stage }) => stage === 'compress');
    expect(decision).toMatchObject({ action: 'compressed', details: { method: 'llmlingua2' } });
    expect(decision?.savedUsd).toBe(usd(BigInt(before - after) * PICO_INPUT));
    await gateway.close();
    await start({ method: 'llmlingua2', model: join(model, 'none') });
    expect(await ask()).toBe(SOURCES + QUESTION);
    expect((await gateway.row()).decisions).toContainEqual(
      expect.objectContaining({
        action: 'skipped',
        why: expect.stringContaining('model is missing') as string,
      }),
    );
    rmSync(model, { recursive: true });
  });

  it('stops for a class of tasks whose answers differ, and tells so', async () => {
    const bus = localBus();
    const logged: string[] = [];
    const note = (message: string): void => void logged.push(message);
    const guards = createGuards({ bus, log: { info: note, warn: note, error: note }, now: () => 0 });
    const guard = { share: 1, minSimilarity: 0.9, mostDiffering: 0.1, falseAlarmEvery: 10 };
    await start({ guard }, { services: { compressGuards: guards } });
    // Knows the answer only when it is shown everything.
    openai.script((ask) =>
      scenarioOf(ask, { text: [ask.promptText.includes('baker') ? 'Reine Astrid' : 'I do not know that'] }),
    );
    const ask = async () =>
      await client({ 'x-illm-tags': 'feature=faq' }).chat.completions.create({
        model: 'openai/gpt-4o',
        messages: [{ role: 'user', content: SOURCES + QUESTION }],
      });
    // Three differing answers: 3 × 3 × 3 ≥ 10. Each call of a client has two of the guard's.
    for (let calls = 1; calls <= 3; calls++) {
      await ask();
      await gateway.row(3 * calls);
      await expect.poll(() => guards.report()[0]?.compared).toBe(calls);
    }
    expect(guards.report()).toMatchObject([{ task: 'retrieval', compared: 3, differing: 3, stoppedAt: 0 }]);
    expect(logged).toContain('compression stopped for a class of tasks: too many answers differ');
    const purposes = gateway.rows.map(({ tags }) => tags['illm-purpose'] ?? 'client');
    expect(purposes.filter((purpose) => purpose === 'compress-guard')).toHaveLength(6);

    await ask();
    expect(sentTexts(openai)).toEqual([SOURCES + QUESTION]);
    const row = await gateway.row(10);
    expect(row.decisions).toContainEqual(
      expect.objectContaining({
        action: 'left',
        why: 'stopped by the guard: 3 of 3 answers to retrieval tasks differed',
      }),
    );
    expect(guards.resume()).toBe(1);
    await ask();
    expect(sentTexts(openai)).not.toEqual([SOURCES + QUESTION]);
    await bus.close();
  });
});
