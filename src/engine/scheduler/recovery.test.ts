import { describe, expect, it } from 'vitest';
import { BLOCK_TOKENS } from '../ports.ts';
import { createEngine } from './engine.ts';
import { createLocalPool } from './local-pool.ts';
import type { EngineOptions } from './options.ts';
import { createFakeClock, settled } from './testing/fake-clock.ts';
import { createFakeRunner } from './testing/fake-runner.ts';
import {
  collect,
  expectedTokens,
  fakeSampler,
  fakeStopFilter,
  fakeTokenizer,
  randomPrompt,
  request,
} from './testing/fake-text.ts';

const SHARDS = ['a/0', 'b/0', 'c/0', 'd/0'];

function setUp(blocks: number, options: Partial<EngineOptions> = {}) {
  const runner = createFakeRunner(['a/0']);
  const pool = createLocalPool(SHARDS.map((id) => ({ id, blocks })));
  const engine = createEngine({
    runner,
    pool,
    tokenizer: fakeTokenizer,
    modelName: 'fake',
    contextLength: 4096,
    options: {
      clock: createFakeClock(),
      createSampler: fakeSampler,
      createStopFilter: fakeStopFilter,
      ...options,
    },
  });
  let step = 0;
  /** Does something in the middle of a step or copy. */
  const at = (when: number, what: () => void) => {
    const before = runner.during;
    runner.during = () => {
      void before();
      if (++step === when) what();
    };
  };
  const slices = () => runner.steps.flat();
  return { runner, pool, engine, at, slices };
}

describe('a lost shard', () => {
  it.each(['the step throws', 'the pool tells', 'both'])(
    'costs its own blocks alone when %s',
    async (how) => {
      const { engine, runner, pool, at, slices } = setUp(4);
      let before = 0;
      at(30, () => {
        before = slices().length;
        if (how !== 'the pool tells') runner.kill('b/0');
        if (how !== 'the step throws') pool.lose('b/0');
      });
      const asked = request(randomPrompt(500), { maxTokens: 60 });
      const { tokens } = await collect(engine.generate(asked));
      expect(tokens).toEqual(expectedTokens(asked));
      const again = slices()
        .slice(before)
        .filter(({ logits }) => logits === 'none');
      expect(again.map(({ start }) => start)).toEqual([BLOCK_TOKENS, 5 * BLOCK_TOKENS]);
      expect(again.map(({ tokens }) => tokens.length)).toEqual([BLOCK_TOKENS, BLOCK_TOKENS]);
    },
  );

  it('may be the one with the last block, and another may follow while the first is recovered', async () => {
    for (const last of SHARDS) {
      const { engine, runner, at } = setUp(8);
      at(20, () => runner.kill(last));
      at(21, () => runner.kill(last === 'a/0' ? 'b/0' : 'a/0'));
      const asked = [1, 2].map((seed) => request(randomPrompt(400 + seed, seed), { maxTokens: 70 }));
      const got = await Promise.all(asked.map((r) => collect(engine.generate(r))));
      expect(got.map(({ tokens }) => tokens)).toEqual(asked.map(expectedTokens));
    }
  });

  it('does not stop those that had nothing there', async () => {
    const { engine, runner, pool, at } = setUp(8);
    pool.lose('d/0');
    at(5, () => runner.kill('d/0'));
    const asked = request([1, 2, 3], { maxTokens: 20 });
    expect((await collect(engine.generate(asked))).tokens).toEqual(expectedTokens(asked));
  });

  it('that is thrown for ever fails the requests, not the engine', async () => {
    const { engine, runner } = setUp(1);
    runner.kill('a/0');
    const run = runner.run.bind(runner);
    let calls = 0;
    runner.run = async (slices) => {
      calls++;
      return run([{ ...slices[0]!, blocks: [{ shard: 'a/0', block: 0 }] }]);
    };
    await expect(collect(engine.generate(request([1])))).rejects.toMatchObject({ code: 'failed' });
    expect(calls).toBeLessThan(20);
  });

  it('makes its sequences wait when there is no memory for it, and go on when there is', async () => {
    const { engine, pool, at, slices } = setUp(2);
    const local = { ...pool };
    pool.size = () => ({ ...local.size(), reachable: 100 });
    at(10, () => pool.lose('c/0'));
    const asked = request(randomPrompt(8 * BLOCK_TOKENS - 30), { maxTokens: 31 });
    const answer = collect(engine.generate(asked));
    await settled();
    expect(engine.status()).toMatchObject({ running: 1, waiting: 0, preemptions: 0 });
    const before = slices().length;
    pool.add({ id: 'e/0', blocks: 2 });
    expect((await answer).tokens).toEqual(expectedTokens(asked));
    // What it had kept meanwhile was of use.
    const again = slices()
      .slice(before)
      .filter(({ logits }) => logits === 'none');
    expect(again.reduce((sum, { tokens }) => sum + tokens.length, 0)).toBe(2 * BLOCK_TOKENS);
  });
});

describe('a move', () => {
  it('goes between steps, and everything follows', async () => {
    const { engine, pool, at } = setUp(8);
    const moved: Promise<boolean>[] = [];
    at(15, () => {
      for (const from of engine.pick(3, (shard) => shard === 'a/0')) {
        const [to] = pool.allocate(1) ?? [];
        moved.push(engine.move(from, to!).then((done) => (pool.free([done ? from : to!]), done)));
      }
    });
    const asked = request(randomPrompt(600), { maxTokens: 40 });
    expect((await collect(engine.generate(asked))).tokens).toEqual(expectedTokens(asked));
    expect(await Promise.all(moved)).toEqual([true, true, true]);
    const again = await collect(engine.generate(asked));
    expect(again.finish?.cachedTokens).toBe(9 * BLOCK_TOKENS);
    expect(again.tokens).toEqual(expectedTokens(asked));
    await engine.close();
    expect(pool.size().free).toBe(32);
  });

  it('of what is no longer needed, or to a lost shard, is not done', async () => {
    const { engine, pool, runner } = setUp(8);
    const [from, to, other] = pool.allocate(3) ?? [];
    expect(await engine.move(from!, to!)).toBe(false);
    await collect(engine.generate(request(randomPrompt(100))));
    const held = engine.pick(1, () => true)[0];
    expect(held?.shard).not.toBe('a/0');
    runner.kill(other!.shard);
    expect(await engine.move(held!, other!)).toBe(false);
    await engine.close();
    expect(await engine.move(held!, to!)).toBe(false);
  });

  it('whose new place is lost while it is copied leaves the old one', async () => {
    const { engine, pool, runner } = setUp(8);
    const asked = request(randomPrompt(200));
    await collect(engine.generate(asked));
    const [from] = engine.pick(1, (shard) => shard === 'b/0');
    const to = pool.allocate(4)?.find(({ shard }) => shard === 'd/0');
    runner.during = () => {
      pool.lose('d/0');
      runner.during = () => {};
    };
    expect(await engine.move(from!, to!)).toBe(false);
    expect(engine.pick(9, (shard) => shard === 'b/0')).toContain(from);
    expect((await collect(engine.generate(asked))).tokens).toEqual(expectedTokens(asked));
  });

  it('to a block that is in use is refused', async () => {
    const { engine, pool } = setUp(8);
    await collect(engine.generate(request(randomPrompt(200))));
    const [a, b] = engine.pick(2, () => true);
    await expect(engine.move(a!, b!)).rejects.toThrow('in use');
    const [to] = pool.allocate(1) ?? [];
    const first = engine.move(a!, to!);
    await expect(engine.move(b!, to!)).rejects.toThrow('in use');
    expect(await first).toBe(true);
  });

  it('shows in what the engine tells of its load', async () => {
    const { engine, at } = setUp(8);
    let load = engine.load();
    at(12, () => {
      load = engine.load();
    });
    await Promise.all(
      [90, 300].map((length) => collect(engine.generate(request(randomPrompt(length), { maxTokens: 20 })))),
    );
    expect(load).toMatchObject({
      running: 2,
      waiting: 0,
      waitingBlocks: 0,
      requests: [
        { id: '1', blocks: 5 },
        { id: '0', blocks: 2 },
      ],
    });
    const [longest] = load.requests;
    expect(Object.values(longest!.byShard).reduce((a, b) => a + b, 0)).toBe(5);
    expect(longest!.localBlocks).toBe(longest!.byShard['a/0']);
  });
});

describe('a prefix', () => {
  const tokens = randomPrompt(10 * BLOCK_TOKENS);
  const saved = async (from: AsyncIterable<Uint8Array>) => {
    const blocks: Uint8Array[] = [];
    for await (const bytes of from) blocks.push(bytes);
    return blocks;
  };
  async function* stream(blocks: readonly Uint8Array[]) {
    yield* blocks;
  }

  it('goes from one engine to another', async () => {
    const one = setUp(8);
    await collect(one.engine.generate(request(tokens.slice(0, 200))));
    const blocks = await saved(one.engine.exportPrefix(tokens));
    expect(blocks).toHaveLength(10);
    const computed = one.slices().reduce((sum, slice) => sum + slice.tokens.length, 0);
    expect(computed).toBe(200 + 7 + 7 * BLOCK_TOKENS);

    const other = setUp(8);
    expect(other.engine.cachedPrefix(tokens)).toBe(0);
    expect(await other.engine.importPrefix(tokens, stream(blocks))).toBe(true);
    expect(other.engine.cachedPrefix([...tokens, 1, 2])).toBe(tokens.length);
    const asked = request([...tokens, 5]);
    const { tokens: got, finish } = await collect(other.engine.generate(asked));
    expect(got).toEqual(expectedTokens(asked));
    expect(finish?.cachedTokens).toBe(tokens.length);
    for (const { engine, pool } of [one, other]) {
      await engine.close();
      expect(pool.size().free).toBe(32);
    }
  });

  it('is not read when there is no memory for it, and is given up when memory is lost', async () => {
    const { engine, pool } = setUp(2);
    let read = 0;
    async function* blocks() {
      for (;;) {
        read++;
        if (read === 3) for (const shard of SHARDS) pool.lose(shard);
        yield new TextEncoder().encode('[]');
      }
    }
    expect(await engine.importPrefix(tokens, blocks())).toBe(false);
    expect(read).toBe(0);
    expect(await engine.importPrefix(tokens.slice(0, 4 * BLOCK_TOKENS), blocks())).toBe(false);
    expect(read).toBe(3);
    await expect(saved(engine.exportPrefix(tokens))).rejects.toMatchObject({ code: 'no_memory' });
  });

  it('is computed again when a shard is lost while it is read', async () => {
    const { engine, runner, at } = setUp(8);
    at(8, () => runner.kill('b/0'));
    at(12, () => runner.kill('c/0'));
    expect(await saved(engine.exportPrefix(tokens))).toHaveLength(10);
    await expect(saved(engine.exportPrefix(tokens, AbortSignal.abort(new Error('no'))))).rejects.toThrow(
      'no',
    );
    const closed = saved(engine.exportPrefix(tokens));
    await engine.close();
    await expect(closed).rejects.toMatchObject({ code: 'failed' });
  });
});
