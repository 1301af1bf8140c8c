import { beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../core/call.ts';
import type { Prompt } from '../../../core/content.ts';
import { CallError } from '../../../core/errors.ts';
import type { NotedDecision } from '../../../core/decision.ts';
import type { FinishReason, Part } from '../../../core/part.ts';
import { NO_LEVERS } from '../../../core/plan.ts';
import { NO_CACHE } from '../../../core/plan/cache.ts';
import { NO_SEMANTIC_CACHE, type SemanticCacheSettings } from '../../../core/plan/semantic-cache.ts';
import type { Handler } from '../../../core/ports.ts';
import { Trail } from '../../../core/trail.ts';
import { usageOf } from '../../../core/usage.ts';
import { callFor, collected, type FakeClock, fakeClock, head } from '../../policy.contract.ts';
import { SemanticCache, semanticCacheStage } from './index.ts';
import { wordEmbedder } from './word-embedder.contract.ts';

const TARGET = { provider: 'openai', model: 'gpt-4o' };
/** Some 20 right answers in a row are enough for these. */
const LAX: SemanticCacheSettings = {
  ...NO_SEMANTIC_CACHE,
  enabled: true,
  maxErrorRate: 0.2,
  confidence: 0.5,
  margin: 0,
  auditShare: 0.05,
};

let clock: FakeClock;
let cache: SemanticCache;
let embedder: ReturnType<typeof wordEmbedder>;
/** What the model answers, by question; the same to all by default. */
let answers: (question: string) => { text: string; finish?: FinishReason; parts?: readonly Part[] };
let asked: string[];
let dice: number;
let learning: Promise<void>[];
let warned: string[];

beforeEach(() => {
  clock = fakeClock();
  embedder = wordEmbedder();
  cache = new SemanticCache({ dimensions: embedder.dimensions, maxQuestions: 1000, maxBytes: 1_000_000 });
  answers = () => ({ text: 'Brussels is the capital.' });
  asked = [];
  dice = 0.5;
  learning = [];
  warned = [];
});

const model: Handler = async function* answer(call) {
  const last = call.prompt().messages.at(-1)?.content[0];
  const question = last?.type === 'text' ? last.text : '';
  asked.push(question);
  await Promise.resolve();
  const { text, finish = 'stop', parts = [] } = answers(question);
  yield head(TARGET);
  yield { type: 'text-start', id: 't' };
  yield { type: 'text-delta', id: 't', text };
  yield { type: 'text-end', id: 't' };
  yield* parts;
  yield { type: 'usage', usage: usageOf({ input: 100, output: 20 }), source: 'provider' };
  yield { type: 'finish', reason: finish };
};

interface Ask {
  readonly settings?: Partial<SemanticCacheSettings>;
  readonly prompt?: Partial<Prompt>;
  readonly call?: Partial<Call>;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(question: string, { settings, prompt, call, headers = {} }: Ask = {}) {
  const made: Prompt = {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', content: [{ type: 'text', text: question }] },
    ],
    tools: [],
    sampling: {},
    format: { kind: 'text' },
    extras: {},
    ...prompt,
  };
  const trail = new Trail(() => 0);
  const plan = { ...NO_LEVERS, cache: { ...NO_CACHE, semantic: { ...LAX, ...settings } } };
  const stage = semanticCacheStage({
    cache,
    embedder,
    readAnswer: (_call, parts) => parts,
    clock,
    random: () => dice,
    log: { info: () => undefined, warn: (message) => warned.push(message), error: () => undefined },
    onLearning: (promise) => learning.push(promise),
  })(model);
  const { parts, error } = await collected(
    stage(
      callFor('gpt-4o', {
        prompt: () => made,
        received: () => made,
        trail,
        plan,
        candidates: [TARGET],
        body: {},
        wire: { method: 'POST', url: '/v1/chat/completions', headers, body: new Uint8Array() },
        ...call,
      }),
    ),
  );
  await Promise.all(learning);
  const text = parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : [])).join('');
  const decision: NotedDecision | undefined = trail.decisions[0];
  return { text, parts, error, decision, action: decision?.action, told: trail.told?.['x-illm-cache'] };
}

const city = (n: number): string =>
  `City${String.fromCharCode(65 + (n % 26))}${String.fromCharCode(97 + (n % 7))}`;

/** Asks pairs that mean the same until answers are given. */
async function learn(options: Ask = {}): Promise<void> {
  for (let n = 0; n < 30; n++) {
    await ask(`What is the capital of ${city(n)} in the world?`, options);
    await ask(`What is the capital of ${city(n)} in this world?`, options);
  }
  asked = [];
}

const FIRST = 'Which town is the capital of Belgium today?';
const AGAIN = 'Which town is the capital of Belgium today please?';

describe('the semantic cache', () => {
  it('asks the model and compares until it knows enough, then gives the answer, and says what it saved', async () => {
    const first = await ask(FIRST);
    expect(first).toMatchObject({ action: 'missed', text: 'Brussels is the capital.' });
    expect(await ask(AGAIN)).toMatchObject({ action: 'missed' });
    await learn();
    const hit = await ask(AGAIN);
    expect(hit).toMatchObject({ action: 'hit', told: 'semantic-hit', text: 'Brussels is the capital.' });
    expect(hit.parts[0]).toMatchObject({ type: 'head', stored: true, headers: {} });
    expect(hit.decision).toMatchObject({
      stage: 'semantic-cache',
      why: expect.stringMatching(/of \d+ compared answers like this at most [\d.]+ % are wrong/) as string,
      instead: { usage: usageOf({ input: 100, output: 20 }), target: TARGET },
    });
    expect(asked).toEqual([]);
  });

  it('does not learn to give answers that turn out to be wrong', async () => {
    let n = 0;
    answers = () => ({ text: `Answer ${(n += 1)}.` });
    await learn();
    expect(await ask(AGAIN)).toMatchObject({ action: 'missed' });
    for (let again = 0; again < 50; again++) await ask(AGAIN);
    expect(asked).toHaveLength(51);
    // The newest answer to the very same question takes the place of the older.
    expect(cache.questions).toBeLessThan(70);
  });

  it('goes on asking for a share of what it could give', async () => {
    await ask(FIRST);
    await learn();
    dice = 0.049;
    expect(await ask(AGAIN)).toMatchObject({ action: 'audited' });
    expect(asked).toEqual([AGAIN]);
    dice = 0.051;
    expect(await ask(AGAIN)).toMatchObject({ action: 'hit' });
  });

  it('never lets questions pass that differ in a number, a name or a negation', async () => {
    await learn();
    for (const question of ['Is 7 a prime number?', 'Is Anna in Rome?', 'Is coffee good for me?'])
      await ask(question);
    asked = [];
    for (const question of ['Is 9 a prime number?', 'Is Bert in Rome?', 'Is coffee not good for me?'])
      expect(await ask(question)).toMatchObject({ action: 'missed' });
    expect(asked).toHaveLength(3);
  });
});

describe('what is no business of others', () => {
  const key = (keyId: string, team: string | null = null): Ask => ({
    call: { caller: { ...callFor('x').caller, keyId, team } },
  });

  it('is not given to another tenant, nor is what was learnt of one used for another', async () => {
    await ask(FIRST, key('one'));
    await learn(key('one'));
    expect(await ask(AGAIN, key('one'))).toMatchObject({ action: 'hit' });
    expect(await ask(AGAIN, key('two'))).toMatchObject({ action: 'missed' });
    await ask(FIRST, key('three', 'red'));
    expect((await ask(AGAIN, key('three', 'red'))).decision?.details?.['compared']).toBe(0);
  });

  it('is not given in another context', async () => {
    await ask(FIRST);
    await learn();
    expect(await ask(AGAIN)).toMatchObject({ action: 'hit' });
    const changes: readonly Ask[] = [
      { prompt: { sampling: { temperature: 0.5 } } },
      { prompt: { format: { kind: 'json' } } },
      { prompt: { tools: [{ name: 'look', parameters: {} }] } },
      { prompt: { messages: [{ role: 'user', content: [{ type: 'text', text: AGAIN }] }] } },
      { call: { requestedModel: 'gpt-4o-mini' } },
      { call: { candidates: [{ provider: 'other', model: 'gpt-4o' }] } },
      { headers: { 'anthropic-beta': 'x' } },
    ];
    for (const change of changes) expect(await ask(AGAIN, change)).toMatchObject({ action: 'missed' });
  });
});

describe('what the client says', () => {
  it('no-store: the cache has no part in it', async () => {
    await learn();
    const before = cache.questions;
    expect(await ask(FIRST, { headers: { 'cache-control': 'no-store' } })).toMatchObject({
      action: 'bypassed',
    });
    expect(cache.questions).toBe(before);
  });

  it('no-cache and max-age: a fresh answer, which is kept', async () => {
    await ask(FIRST);
    await learn();
    await clock.sleep(10_000);
    expect(await ask(AGAIN, { headers: { 'cache-control': 'no-cache' } })).toMatchObject({
      action: 'missed',
    });
    expect(await ask(AGAIN, { headers: { 'cache-control': 'max-age=9' } })).toMatchObject({
      action: 'missed',
    });
    expect(await ask(AGAIN, { headers: { 'cache-control': 'max-age=10' } })).toMatchObject({ action: 'hit' });
  });

  it('lets answers live no longer than is set', async () => {
    await ask(FIRST);
    await learn();
    await clock.sleep(LAX.ttlMs + 1);
    expect(await ask(AGAIN)).toMatchObject({ action: 'missed' });
  });
});

describe('only whole answers of text are kept', () => {
  it.each<[string, ReturnType<typeof answers>]>([
    ['cut off', { text: 'Brussels', finish: 'length' }],
    ['filtered', { text: 'Brussels', finish: 'content-filter' }],
    ['empty', { text: ' ' }],
    ['too large', { text: 'x'.repeat(200_000) }],
    [
      'a call of a tool',
      {
        text: 'Let me look.',
        parts: [
          { type: 'tool-call-start', id: 'c', name: 'look' },
          { type: 'tool-call-delta', id: 'c', arguments: '{}' },
          { type: 'tool-call-end', id: 'c' },
        ],
      },
    ],
  ])('%s', async (_name, answer) => {
    answers = () => answer;
    expect(await ask(FIRST)).toMatchObject({ action: 'missed', error: null });
    expect(cache.questions).toBe(0);
  });

  it('failed', async () => {
    answers = () => {
      throw new CallError('upstream_error', 'down');
    };
    expect((await ask(FIRST)).error).toMatchObject({ code: 'upstream_error' });
    expect(cache.questions).toBe(0);
  });
});

describe('when things go wrong', () => {
  it('passes calls on when there is no embedding, and says why', async () => {
    embedder.fails = new CallError('not_ready', 'There is no embedding model.');
    const passed = await ask(FIRST);
    expect(passed).toMatchObject({ action: 'bypassed', text: 'Brussels is the capital.' });
    expect(passed.decision?.why).toContain('There is no embedding model');
  });

  it.each([
    ['too long', 'a word '.repeat(200)],
    ['in a script that the embedding model does not know', '日本の首都はどこですか'],
  ])('passes on a question that is %s', async (why, question) => {
    const passed = await ask(question);
    expect(passed.decision).toMatchObject({
      action: 'bypassed',
      why: expect.stringContaining(why) as string,
    });
    expect(embedder.asked).toEqual([]);
  });

  it('passes on what is no question of text', async () => {
    for (const content of [
      { type: 'media', mediaType: 'image/png', source: { kind: 'url', url: 'http://x' } },
      { type: 'tool-result', callId: 'c', name: 'look', content: [], isError: false },
    ] as const) {
      const messages = [{ role: 'user', content: [{ type: 'text', text: FIRST }, content] }] as const;
      expect(await ask(FIRST, { prompt: { messages } })).toMatchObject({ action: 'bypassed' });
    }
  });

  it('goes on when it cannot learn', async () => {
    answers = (question) => ({
      text: `${question === FIRST ? 'It is' : 'It surely is'} the town that you think of, with its many gates and its old walls.`,
    });
    await ask(FIRST);
    const embed = embedder.embed.bind(embedder);
    embedder.embed = async (texts) =>
      texts.length > 1 ? await Promise.reject(new Error('thread died')) : await embed(texts);
    expect(await ask(AGAIN)).toMatchObject({ action: 'missed', error: null });
    expect(warned).toHaveLength(1);
  });
});

describe('the room', () => {
  it('is bounded by questions and by bytes; what was used least lately goes first', async () => {
    cache = new SemanticCache({ dimensions: embedder.dimensions, maxQuestions: 40, maxBytes: 20_000 });
    answers = () => ({ text: 'x'.repeat(500) });
    for (let n = 0; n < 100; n++) await ask(`Tell me about topic ${n}`);
    expect(cache.questions).toBeLessThanOrEqual(40);
    expect(cache.bytes).toBeLessThanOrEqual(20_000);
    expect(cache.questions).toBeGreaterThan(5);
    answers = () => ({ text: 'x'.repeat(15_000) });
    const before = cache.questions;
    await ask('And something else that is long?');
    expect(cache.questions).toBe(before);
  });
});
