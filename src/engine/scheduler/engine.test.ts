import { describe, expect, it } from 'vitest';
import { BLOCK_TOKENS, EngineError, type GenerateEvent } from '../ports.ts';
import { createEngine } from './engine.ts';
import { createLocalPool } from './local-pool.ts';
import type { EngineOptions } from './options.ts';
import { createFakeClock, settled } from './testing/fake-clock.ts';
import { createFakeRunner, fakeLogits, prefixHash } from './testing/fake-runner.ts';
import {
  collect,
  expectedTokens,
  fakeSampler,
  fakeStopFilter,
  fakeTokenizer,
  randomPrompt,
  request,
} from './testing/fake-text.ts';

function setUp(blocks: number, options: Partial<EngineOptions> = {}) {
  const runner = createFakeRunner();
  const pool = createLocalPool([{ id: 'a/0', blocks }]);
  const clock = createFakeClock();
  const engine = createEngine({
    runner,
    pool,
    tokenizer: fakeTokenizer,
    modelName: 'fake',
    contextLength: 4096,
    options: { clock, createSampler: fakeSampler, createStopFilter: fakeStopFilter, ...options },
  });
  return { runner, pool, clock, engine };
}

const answers = async (events: AsyncIterable<GenerateEvent>) => (await collect(events)).tokens;

describe('generate', () => {
  it('answers as the model alone would, in chunks and in company', async () => {
    const { engine, runner, pool } = setUp(40, { maxTokensPerStep: 50 });
    const requests = [3, 200, 64, 129].map((length, seed) =>
      request(randomPrompt(length, seed), { maxTokens: 70 }),
    );
    const got = await Promise.all(requests.map((r) => answers(engine.generate(r))));
    expect(got).toEqual(requests.map(expectedTokens));
    expect(Math.max(...runner.steps.map((slices) => slices.reduce((n, s) => n + s.tokens.length, 0)))).toBe(
      50,
    );
    await engine.close();
    expect(pool.size().free).toBe(40);
  });

  it('gives tokens, text, log probabilities and how it ended', async () => {
    const { engine } = setUp(4);
    const events: GenerateEvent[] = [];
    const asked = request([5, 6], { maxTokens: 2, logprobs: 2 });
    for await (const event of engine.generate(asked)) events.push(event);
    const [first, second] = expectedTokens(asked);
    expect(events).toMatchObject([
      { type: 'token', token: first, text: `${first},`, top: [{ token: 0 }, { token: 1 }] },
      { type: 'token', token: second, text: `${second},` },
      { type: 'finish', reason: 'length', text: '', promptTokens: 2, cachedTokens: 0, completionTokens: 2 },
    ]);
  });

  it('ends with the end token, which is counted but not shown', async () => {
    const { engine } = setUp(40);
    const asked = Array.from({ length: 40 }, (_, i) =>
      request([i % 24, i], { maxTokens: 2000, ignoreEos: false }),
    )
      .slice(0, 24)
      .find((r) => expectedTokens(r).length < 500)!;
    const { tokens, finish } = await collect(engine.generate(asked));
    expect(tokens).toEqual(expectedTokens(asked));
    expect(finish).toMatchObject({ reason: 'stop', completionTokens: tokens.length + 1 });
  });

  it('ends with a stop text', async () => {
    const { engine } = setUp(40);
    const asked = request([7]);
    const [first, second] = expectedTokens(asked);
    const { tokens, finish } = await collect(engine.generate({ ...asked, stop: [`${first},${second},`] }));
    expect(tokens).toEqual([first, second]);
    expect(finish).toMatchObject({ reason: 'stop', completionTokens: 2 });
  });

  it('shares what it has computed for the same beginning, also while that is still being computed', async () => {
    const { engine, runner, pool } = setUp(60, { maxTokensPerStep: 64 });
    const prompt = randomPrompt(5 * BLOCK_TOKENS);
    const results = await Promise.all([1, 2, 3].map(() => collect(engine.generate(request(prompt)))));
    expect(results.map(({ finish }) => finish?.cachedTokens)).toEqual([0, 256, 256]);
    const again = await collect(engine.generate(request([...prompt, 1, 2])));
    expect(again.finish?.cachedTokens).toBe(5 * BLOCK_TOKENS);
    expect(again.tokens).toEqual(expectedTokens(request([...prompt, 1, 2])));
    const prefilled = runner.steps.flat().filter(({ tokens }) => tokens.length > 1);
    expect(prefilled.reduce((n, { tokens }) => n + tokens.length, 0)).toBeLessThanOrEqual(
      5 * 64 + 3 * 64 + 2,
    );
    await engine.close();
    expect(pool.size().free).toBe(60);
  });

  it('computes one beginning once when several come at the same time', async () => {
    const { engine, runner } = setUp(60, { maxTokensPerStep: 2000 });
    const asked = request(randomPrompt(5 * BLOCK_TOKENS + 9), { maxTokens: 1 });
    const results = await Promise.all([1, 2, 3].map(() => collect(engine.generate(asked))));
    expect(results.map(({ finish }) => finish?.cachedTokens)).toEqual([0, 320, 320]);
    expect(runner.steps).toHaveLength(2);
  });

  it('takes it when a pool has less than it said', async () => {
    const { engine, pool, clock } = setUp(10);
    const local = { ...pool };
    let refusals = 3;
    pool.allocate = (count) => (refusals-- > 0 ? null : local.allocate(count));
    const asked = [1, 2].map((seed) => request(randomPrompt(100, seed)));
    const got = Promise.all(asked.map((r) => answers(engine.generate(r))));
    for (let i = 0; i < 5; i++) {
      await settled();
      clock.advance();
    }
    expect(await got).toEqual(asked.map(expectedTokens));
  });

  it.each([
    ['all', () => 1],
    ['of equal blocks after others', (_: number, tokens: Int32Array) => tokens.reduce(prefixHash, 0)],
  ])('is not fooled by hashes that collide: %s', async (_, hash) => {
    const { engine } = setUp(60, { hash });
    const end = randomPrompt(70, 9);
    const requests = [1, 2, 1, 2, 2].map((seed) => request([...randomPrompt(BLOCK_TOKENS, seed), ...end]));
    for (const r of requests) expect(await answers(engine.generate(r))).toEqual(expectedTokens(r));
  });

  it('preempts the youngest and goes on with it later', async () => {
    const { engine, pool } = setUp(6);
    const requests = [1, 2, 3].map((seed) => request(randomPrompt(60, seed), { maxTokens: 150 }));
    const got = await Promise.all(requests.map((r) => answers(engine.generate(r))));
    expect(got).toEqual(requests.map(expectedTokens));
    expect(engine.status().preemptions).toBeGreaterThan(0);
    await engine.close();
    expect(pool.size().free).toBe(6);
  });

  it('frees what an abandoned or aborted request holds, after the step that runs', async () => {
    const { engine, pool, runner } = setUp(20);
    const free: number[] = [];
    for await (const event of engine.generate(request(randomPrompt(100)))) if (event.type === 'token') break;
    const abort = new AbortController();
    runner.during = () => {
      free.push(pool.size().free);
      abort.abort(new Error('enough'));
      free.push(pool.size().free);
    };
    await expect(
      collect(engine.generate(request(randomPrompt(90, 2), { signal: abort.signal }))),
    ).rejects.toThrow('enough');
    expect(free[1]).toBe(free[0]);
    await settled();
    expect(engine.status()).toMatchObject({ running: 0, waiting: 0 });
    engine.evictCached();
    expect(pool.size().free).toBe(20);
    await expect(collect(engine.generate(request([1], { signal: abort.signal })))).rejects.toThrow('enough');
  });

  it('parks a sequence whose reader is behind, and others go on', async () => {
    const { engine, pool } = setUp(3, { maxBufferedEvents: 4 });
    const asked = request([1], { maxTokens: 100 });
    const slow = engine.generate(asked)[Symbol.asyncIterator]();
    const first = await slow.next();
    await settled();
    expect(engine.status()).toMatchObject({ running: 1, waiting: 0 });
    expect(pool.size().free).toBe(3);
    const other = request([2], { maxTokens: 3 * BLOCK_TOKENS });
    expect(await answers(engine.generate(other))).toEqual(expectedTokens(other));
    const rest: number[] = [];
    for (;;) {
      const { value } = await slow.next();
      if (value?.type !== 'token') break;
      rest.push(value.token);
    }
    expect([first.value?.type === 'token' && first.value.token, ...rest]).toEqual(expectedTokens(asked));
  });

  it.each([
    ['bad_request', { prompt: [] }],
    ['bad_request', { prompt: [1, 24] }],
    ['bad_request', { prompt: [-1] }],
    ['bad_request', { prompt: [0.5] }],
    ['bad_request', { prompt: [1], maxTokens: -1 }],
    ['bad_request', { prompt: [1], maxTokens: Number.NaN }],
    ['too_long', { prompt: randomPrompt(4096) }],
    ['no_memory', { prompt: randomPrompt(1000) }],
    ['no_memory', { prompt: [1], maxTokens: 1000 }],
  ] as const)('refuses with %s', async (code, bad) => {
    const { engine } = setUp(4);
    const refused = await collect(engine.generate({ ...request([]), ...bad })).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(EngineError);
    expect(refused).toMatchObject({ code });
  });

  it('says what is missing and who could lend it', async () => {
    const { engine } = setUp(4, { joinAddress: '10.0.0.1:9200' });
    await expect(collect(engine.generate(request(randomPrompt(1000))))).rejects.toThrow(
      /16 blocks \(1024 tokens, 1 MiB\) are needed and 4 blocks .* 12 blocks .*missing: infinite-llm engine lend --join 10.0.0.1:9200 --kv-memory 1MiB/,
    );
  });

  it('cuts a bound without meaning to what context and memory hold', async () => {
    const { engine } = setUp(4);
    const endless = request([1, 2], { maxTokens: Number.POSITIVE_INFINITY });
    const { tokens, finish } = await collect(engine.generate(endless));
    expect(tokens).toEqual(expectedTokens({ ...endless, maxTokens: 4 * 64 - 1 }));
    expect(finish?.reason).toBe('length');
    expect((await collect(engine.generate(request([1], { maxTokens: 0 })))).finish?.completionTokens).toBe(0);
  });

  it('waits for memory that lenders could bring, and gives up when they are gone', async () => {
    const { engine, pool, clock } = setUp(4);
    const local = { ...pool };
    const reachable = { blocks: 10 };
    pool.size = () => ({ ...local.size(), reachable: reachable.blocks });
    const wanted: number[] = [];
    pool.want = (count) => void wanted.push(count);
    const asked = request(randomPrompt(500));
    const answer = answers(engine.generate(asked));
    await settled();
    expect(wanted).toEqual([8]);
    pool.add({ id: 'b/0', blocks: 4 });
    expect(await answer).toEqual(expectedTokens(asked));

    const other = collect(engine.generate(request(randomPrompt(560, 3)))).catch((error: unknown) => error);
    await settled();
    reachable.blocks = 8;
    for (let i = 0; i < 15; i++) {
      clock.advance();
      await settled();
    }
    expect(await other).toMatchObject({ code: 'no_memory' });
  });

  it('fails those of a step that fails, and only them', async () => {
    const { engine, runner, pool } = setUp(8);
    runner.during = () => {
      runner.during = () => {};
      throw new Error('the graph broke');
    };
    const broken = await collect(engine.generate(request([1, 2]))).catch((error: unknown) => error);
    expect(broken).toMatchObject({ code: 'failed', message: expect.stringContaining('the graph broke') });
    expect(await answers(engine.generate(request([3])))).toEqual(expectedTokens(request([3])));
    await engine.close();
    expect(pool.size().free).toBe(8);
    await expect(collect(engine.generate(request([3])))).rejects.toMatchObject({ code: 'failed' });
  });
});

describe('score', () => {
  it('gives the log probability of each token, in chunks', async () => {
    const { engine, runner } = setUp(20, { maxLogitBytes: 40 * 4 * 24 });
    const prompt = randomPrompt(300);
    const got = await engine.score(prompt);
    let prefix = 0;
    const want = prompt.slice(0, -1).map((token, i) => {
      prefix = prefixHash(prefix, token);
      const logits = fakeLogits(prefix);
      return logits[prompt[i + 1]!]! - Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
    });
    expect(got).toHaveLength(299);
    for (const [i, x] of want.entries()) expect(got[i]).toBeCloseTo(x, 5);
    expect(runner.steps.flat().every(({ tokens }) => tokens.length <= 40)).toBe(true);
    await expect(engine.score([])).rejects.toMatchObject({ code: 'bad_request' });
    await expect(engine.score(prompt, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
    expect(await engine.score([1])).toHaveLength(0);
  });
});
