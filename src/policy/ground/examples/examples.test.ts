import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../../test/services/silent-log.ts';
import { callRecord } from '../../../../test/services/call-record.ts';
import type { Message, Prompt } from '../../../core/content.ts';
import { CallError } from '../../../core/errors.ts';
import type { Example, ExampleStore, NewExample } from '../../../core/examples.ts';
import { NO_LEVERS } from '../../../core/plan.ts';
import { NO_GROUND, USUAL_EXAMPLES } from '../../../core/plan/ground.ts';
import type { Call } from '../../../core/call.ts';
import type { Bus } from '../../../core/ports.ts';
import { Trail } from '../../../core/trail.ts';
import { callFor, collected, fakeClock, head } from '../../policy.contract.ts';
import { wordEmbedder } from '../word-embedder.contract.ts';
import { askedAlone } from './asked-alone.ts';
import { chooseExamples, lengthOf } from './choose-examples.ts';
import { createExampleBook, type ExampleBook } from './example-book.ts';
import { exampleOf, type Exchange } from './example-of.ts';
import { examplesStage } from './examples-stage.ts';
import { LoadedExamples } from './loaded-examples.ts';
import { addedText, withExamples } from './with-examples.ts';

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const system = (text: string): Message => ({ role: 'system', content: [{ type: 'text', text }] });
const promptOf = (...messages: Message[]): Prompt => ({
  messages,
  tools: [],
  sampling: {},
  format: { kind: 'text' },
  extras: {},
});

let made = 0;
function example(question: string, change: Partial<Example> = {}): Example {
  return {
    callId: `call-${String(made++).padStart(4, '0')}`,
    question,
    answer: 'An answer.',
    task: 'chat',
    requestedModel: 'fast',
    format: 'text',
    vector: new Float32Array(),
    rating: 1,
    ...change,
  };
}

describe('the question of a call', () => {
  it('stands for itself when nothing was said before', () => {
    expect(askedAlone(promptOf(system('Be brief.'), user(' How? ')))).toEqual({
      question: 'How?',
      format: 'text',
    });
  });

  it.each<[string, Prompt, object?]>([
    ['tools', { ...promptOf(user('How?')), tools: [{ name: 'f', parameters: {} }] }],
    ['conversation', promptOf(user('Hi'), { role: 'assistant', content: [] }, user('How?'))],
    ['conversation', promptOf(system('Be brief.'))],
    ['its provider keeps', promptOf(user('How?')), { previous_response_id: 'resp_1' }],
    ['its provider keeps', promptOf(user('How?')), { conversation: 'conv_1' }],
    [
      'more than text',
      promptOf({
        role: 'user',
        content: [{ type: 'media', mediaType: 'image/png', source: { kind: 'url', url: 'https://x/y' } }],
      }),
    ],
    ['cache', promptOf({ role: 'user', content: [{ type: 'text', text: 'A long text.', cache: '5m' }] })],
    ['nothing', promptOf(user('  '))],
  ])('does not: %s', (why, prompt, body = {}) => {
    expect(askedAlone(prompt, body as never)).toContain(why);
  });

  it('is of another form for another schema, however its fields are ordered', () => {
    const formatOf = (schema: object) =>
      askedAlone({
        ...promptOf(user('How?')),
        format: { kind: 'json-schema', name: 'x', schema: schema as never },
      });
    const same = formatOf({ type: 'object', required: ['a'] });
    expect(formatOf({ required: ['a'], type: 'object' })).toEqual(same);
    expect(formatOf({ required: ['b'], type: 'object' })).not.toEqual(same);
  });
});

describe('the choice', () => {
  const arbitrary = fc.record({
    question: fc.constantFrom('one', 'two', 'three', 'four words of it'),
    answer: fc.string({ maxLength: 300 }),
    task: fc.constantFrom('chat', 'code'),
    requestedModel: fc.constantFrom('fast', 'slow'),
    format: fc.constantFrom('text', 'json'),
    rating: fc.constantFrom(0, 0.5, 0.8, 1),
    vector: fc.float({ min: -1, max: 1, noNaN: true }).map((x) => Float32Array.of(x, Math.sqrt(1 - x * x))),
  });

  it('is of the same kind, good and near enough, once a question, within the bounds, and the nearest first', () => {
    fc.assert(
      fc.property(
        fc.array(arbitrary, { maxLength: 30 }),
        fc.record({
          number: fc.integer({ min: 1, max: 5 }),
          minSimilarity: fc.constantFrom(0, 0.5, 0.9),
          mostCharacters: fc.constantFrom(20, 300, 4000),
          same: fc.constantFrom('task' as const, 'alias' as const, 'both' as const),
        }),
        (all, change) => {
          const settings = { ...USUAL_EXAMPLES, ...change };
          const wanted = { task: 'chat', requestedModel: 'fast', format: 'text' };
          const pool = all.map((each) => example(each.question, each));
          const { best, examples, known } = chooseExamples(pool, wanted, Float32Array.of(1, 0), settings);
          expect(examples.length).toBeLessThanOrEqual(settings.number);
          expect(known).toBeLessThanOrEqual(pool.length);
          expect(new Set(examples.map(({ question }) => question)).size).toBe(examples.length);
          expect(examples.reduce((sum, each) => sum + lengthOf(each), 0)).toBeLessThanOrEqual(
            settings.mostCharacters,
          );
          for (const [at, each] of examples.entries()) {
            expect(each.similarity).toBeGreaterThanOrEqual(settings.minSimilarity);
            expect(each.similarity).toBeLessThanOrEqual(examples[at - 1]?.similarity ?? best ?? 0);
            expect(each.rating).toBeGreaterThanOrEqual(settings.minRating);
            expect(each.format).toBe('text');
            if (settings.same !== 'alias') expect(each.task).toBe('chat');
            if (settings.same !== 'task') expect(each.requestedModel).toBe('fast');
          }
        },
      ),
    );
  });

  it('prefers the better rated of two answers to one question, and then the newer', () => {
    const vector = Float32Array.of(1);
    const older = example('How?', { vector, rating: 1 });
    const newer = example('How?', { vector, rating: 1 });
    const worse = example('How?', { vector, rating: 0.9 });
    const { examples } = chooseExamples([worse, older, newer], older, vector, USUAL_EXAMPLES);
    expect(examples.map(({ callId }) => callId)).toEqual([newer.callId]);
  });
});

it('puts examples between what stands before and the question, the nearest last', () => {
  const prompt = promptOf(system('Be brief.'), user('How?'), system('Really.'));
  const [near, far] = [example('near'), example('far')];
  const longer = withExamples(prompt, [near, far]);
  expect(longer.messages[0]).toBe(prompt.messages[0]);
  expect(longer.messages.slice(-2)).toEqual(prompt.messages.slice(-2));
  expect(longer.messages.slice(1, -2).map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
  expect(JSON.stringify(longer.messages[1])).toContain('far');
  expect(JSON.stringify(longer.messages[3])).toContain('near');
  expect(addedText([near])).toContain('An answer.');
});

function memoryStore(): ExampleStore & { readonly reads: string[]; readonly kept: Map<string, NewExample> } {
  const kept = new Map<string, NewExample>();
  const reads: string[] = [];
  return {
    kept,
    reads,
    put: async (each) => void kept.set(each.callId, each),
    remove: async (callId) => {
      const tenant = kept.get(callId)?.tenant ?? null;
      kept.delete(callId);
      return tenant;
    },
    of: async (tenant) => {
      reads.push(tenant);
      return [...kept.values()]
        .filter((each) => each.tenant === tenant)
        .map((each) => ({ ...each, rating: 1 }));
    },
    list: async () => [],
  };
}

function twoBuses(): [Bus, Bus] {
  const listeners: ((message: string) => void)[] = [];
  const bus: Bus = {
    publish: (_topic, message) => listeners.forEach((listener) => listener(message)),
    subscribe: (_topic, listener) => {
      listeners.push(listener);
      return () => void listeners.splice(listeners.indexOf(listener), 1);
    },
    close: async () => undefined,
  };
  return [bus, bus];
}

describe('the book', () => {
  const wanted = { tenant: 't', task: 'chat', requestedModel: 'fast', format: 'text', question: 'one two' };
  const { rating: _rating, vector: _vector, ...plain } = example('one two three');
  const given = { ...plain, tenant: 't', startedAt: '2026-11-24T10:00:00.000Z' };

  it('reads a tenant once, and anew after a change anywhere or five minutes', async () => {
    const store = memoryStore();
    const [here, there] = twoBuses();
    const clock = fakeClock();
    const book = createExampleBook({ store, embedder: wordEmbedder, bus: here, clock });
    const other = createExampleBook({ store, embedder: wordEmbedder, bus: there, clock });
    const found = async () => (await book.choose(wanted, USUAL_EXAMPLES)).examples.length;
    expect(await found()).toBe(0);
    await other.keep(given);
    expect([await found(), await found()]).toEqual([1, 1]);
    expect(store.reads).toEqual(['t', 't']);
    expect(await book.choose({ ...wanted, tenant: 'u' }, USUAL_EXAMPLES)).toMatchObject({ examples: [] });
    store.kept.clear();
    await clock.sleep(4 * 60_000);
    expect(await found()).toBe(1);
    await clock.sleep(61_000);
    expect(await found()).toBe(0);
    await book.keep(given);
    expect(await other.drop(given.callId)).toBe(true);
    expect([await found(), await other.drop(given.callId)]).toEqual([0, false]);
    book.close();
    other.close();
  });

  it('forgets those who asked longest ago when room is needed, and what could not be read', async () => {
    const reads: string[] = [];
    let fails = false;
    const loaded = new LoadedExamples(
      async (tenant) => {
        reads.push(tenant);
        if (fails) throw new CallError('not_ready', 'no store');
        return tenant === 'large' ? [example('x'.repeat(5_000))] : [];
      },
      { mostCharacters: 4_000, mostTenants: 2, rereadMs: 1_000, ticks: () => 0 },
    );
    for (const tenant of ['a', 'b', 'a', 'c', 'a', 'b']) await loaded.of(tenant);
    expect(reads).toEqual(['a', 'b', 'c', 'b']);
    await loaded.of('large');
    await loaded.of('large');
    expect(reads.slice(4)).toEqual(['large', 'large']);
    fails = true;
    await expect(loaded.of('d')).rejects.toThrow('no store');
    fails = false;
    expect(await loaded.of('d')).toEqual([]);
  });
});

describe('a rated call', () => {
  const details = { tenant: 't', task: 'code' };
  const record = callRecord({
    decisions: [{ stage: 'ground', action: 'found-no-examples', why: '', atMs: 0, details }],
  });
  const exchange: Exchange = { body: {}, prompt: promptOf(user('How?')), answer: 'So.' };
  const rated = (
    change: Partial<typeof record> = {},
    read: Exchange | string = exchange,
    feedback = { score: 1, task: 'any' },
  ) => exampleOf({ ...record, ...change }, feedback, USUAL_EXAMPLES, () => read);

  it('is an example of its tenant, and of the task that was given or else seen', () => {
    expect(rated()).toEqual({
      callId: record.id,
      startedAt: record.startedAt,
      tenant: 't',
      task: 'code',
      requestedModel: 'fast',
      format: 'text',
      question: 'How?',
      answer: 'So.',
    });
    expect(rated({}, exchange, { score: 0.8, task: 'letters' })).toMatchObject({ task: 'letters' });
  });

  it.each<[string, ReturnType<typeof rated>]>([
    ['below 0.8', rated({}, exchange, { score: 0.79, task: 'any' })],
    ['not whole', rated({ finishReason: 'length' })],
    ['not whole', rated({ status: 'aborted' })],
    ['not switched on', rated({ decisions: [] })],
    [
      'it was so',
      rated({ decisions: [{ stage: 'ground', action: 'skipped-examples', why: 'it was so', atMs: 0 }] }),
    ],
    ['unreadable', rated({}, 'unreadable')],
    ['conversation', rated({}, { ...exchange, prompt: promptOf(user('a'), user('b')) })],
    ['empty', rated({}, { ...exchange, answer: '' })],
    ['redacted', rated({}, { ...exchange, answer: 'Your key is [redacted].' })],
    ['longer than 4000', rated({}, { ...exchange, answer: 'x'.repeat(4_000) })],
  ])('is none: %s', (why, outcome) => {
    expect(outcome).toContain(why);
  });
});

describe('the stage', () => {
  const plan = { ...NO_LEVERS, ground: { ...NO_GROUND, examples: USUAL_EXAMPLES } };
  const target = { provider: 'p', model: 'm' };
  const next = async function* answer(_call: Call) {
    yield head(target);
  };

  async function run(book: Partial<ExampleBook>, change: Partial<Call> = {}) {
    const prompt = promptOf(user('How?'));
    const trail = new Trail(() => 0);
    const seen: Call[] = [];
    const stage = examplesStage({
      book: book as ExampleBook,
      tokens: { count: async (text) => ({ tokens: text.length, exact: false }) },
      log: silentLog,
    })((call) => {
      seen.push(call);
      return next(call);
    });
    const call = callFor('fast', { plan, trail, prompt: () => prompt, ...change });
    const { error } = await collected(stage(call));
    return { error, decision: trail.decisions[0], sent: seen[0], call };
  }

  it('costs nothing where it is off', () => {
    const parts = next(callFor('fast'));
    const stage = examplesStage({ book: null as never, tokens: null as never, log: silentLog })(() => parts);
    expect(stage(callFor('fast'))).toBe(parts);
  });

  it('sends a call without examples where they cannot be found, and says why', async () => {
    const missing = await run({
      choose: () => Promise.reject(new CallError('not_ready', 'There is no embedding model.')),
    });
    expect(missing.decision).toMatchObject({
      action: 'skipped-examples',
      why: 'There is no embedding model.',
      details: { task: 'chat' },
    });
    expect(missing.sent).toBe(missing.call);
    const broken = await run({ choose: () => Promise.reject(new Error('broken')) });
    expect(broken.decision).toMatchObject({ why: 'they could not be found; the log says why' });
    expect(broken.sent).toBe(broken.call);
  });

  it('does not wait for longer than a second', async () => {
    vi.useFakeTimers();
    try {
      const running = run({ choose: () => new Promise(() => undefined) });
      await vi.advanceTimersByTimeAsync(1_000);
      const { decision, sent, call } = await running;
      expect(decision?.why).toContain('longer than 1000 ms');
      expect(sent).toBe(call);
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks nobody once the client has left', async () => {
    const abort = new AbortController();
    abort.abort();
    const { error, sent } = await run(
      { choose: () => new Promise(() => undefined) },
      { signal: abort.signal },
    );
    expect(error).toMatchObject({ code: 'client_aborted' });
    expect(sent).toBeUndefined();
  });

  it('notes no text, but a tenant that no other has', async () => {
    const book = { choose: async () => ({ examples: [], known: 0, best: null }) };
    const caller = (team: string) => ({ caller: { ...callFor('fast').caller, keyId: 'k', team } });
    const [a, b] = [await run(book, caller('a')), await run(book, caller('b'))];
    const tenantOf = ({ decision }: typeof a) => decision?.details?.['tenant'];
    expect(tenantOf(a)).toMatch(/^[0-9a-f]{32}$/);
    expect(tenantOf(a)).not.toBe(tenantOf(b));
    expect(JSON.stringify(a.decision)).not.toContain('How');
  });

  it('leaves to the provider what is no request', async () => {
    const { decision, error } = await run(
      {},
      {
        prompt: () => {
          throw new CallError('invalid_request', 'no messages');
        },
      },
    );
    expect([error, decision?.why]).toEqual([null, 'its request cannot be read']);
  });
});
