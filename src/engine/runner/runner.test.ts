import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShardLostError } from '../ports.ts';
import { roundKv } from './testing/round-kv.contract.ts';
import { blocksFor, greedy, harness, type HarnessOptions, slice } from './testing/harness.contract.ts';
import { referenceLogits } from './testing/reference.contract.ts';

const TOKENS = Array.from({ length: 70 }, (_, i) => (i * 37 + 11) % 290);

/** Root mean square of the differences, relative to that of what was expected. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  return Math.sqrt(error / size);
}

/** MatMulNBits' fast level rounds inputs to 8 bits, about 0.4 % for each of seven products a layer. */
const FAST = 0.06;

const VARIANTS: Readonly<Record<string, HarnessOptions & { readonly tolerance?: number }>> = {
  'Llama with grouped queries': {},
  'one KV head (MQA)': { kvHeads: 1 },
  'as many KV heads as heads (MHA)': { kvHeads: 4 },
  'tied embeddings': { tied: true },
  'one layer': { layers: 1 },
  'QKV bias (Qwen 2)': { family: 'qwen2' },
  'QK norm (Qwen 3), heads wider than hidden / heads': { family: 'qwen3', headDim: 32 },
  'narrow heads': { headDim: 8 },
  'linear RoPE scaling': { rope: { scaling: { kind: 'linear', factor: 4 } } },
  'Llama 3 RoPE scaling': {
    rope: {
      scaling: { kind: 'llama3', factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalContext: 32 },
    },
  },
  'RoPE factors': {
    rope: { scaling: { kind: 'factors', factors: Float32Array.of(1, 1, 2, 2, 3, 3, 4, 4) } },
  },
  YaRN: {
    rope: {
      scaling: {
        kind: 'yarn',
        factor: 4,
        betaFast: 32,
        betaSlow: 1,
        attentionFactor: 1.2,
        originalContext: 32,
      },
    },
  },
  'part of each head rotated': { rope: { dims: 8 } },
  'KV in int8': { kv: 'int8' },
  F16: { type: 'F16' },
  BF16: { type: 'BF16' },
  'Q8_0, inputs not rounded': { type: 'Q8_0', arithmetic: 'exact' },
  'Q4_1, inputs not rounded': { type: 'Q4_1', arithmetic: 'exact' },
  'Q6_K, Q5_K and Q4_K, inputs not rounded': {
    hidden: 256,
    ffn: 512,
    arithmetic: 'exact',
    type: (name) => (/v_proj|down/.test(name) ? 'Q6_K' : /k_proj|up/.test(name) ? 'Q5_K' : 'Q4_K'),
  },
  Q8_0: { type: 'Q8_0', tolerance: FAST },
  Q4_0: { type: 'Q4_0', tolerance: FAST },
  Q4_1: { type: 'Q4_1', tolerance: FAST },
};

describe.each(Object.entries(VARIANTS))('%s', (_, { tolerance = 0.002, ...options }) => {
  it('has the logits of the plain decoder', async () => {
    const { model, runner } = harness(options);
    const expected = referenceLogits(model, TOKENS, {
      roundKv: (head) => roundKv({ type: runner.kv.type, headDim: head.length }, head),
    });
    const blocks = blocksFor(TOKENS.length);
    const [prefilled] = await runner.run([slice(TOKENS.slice(0, 66), 0, blocks)]);
    const decoded = [];
    for (let at = 66; at < TOKENS.length; at++)
      decoded.push((await runner.run([slice([TOKENS[at]!], at, blocks)]))[0]!);
    const actual = [...prefilled!, ...decoded.flatMap((each) => [...each])];
    expect(actual).toHaveLength(TOKENS.length * model.vocabSize);
    expected.forEach((row, i) =>
      expect(difference(actual.slice(i * row.length, (i + 1) * row.length), row)).toBeLessThan(tolerance),
    );
    await runner.close();
  });
});

describe('a runner', () => {
  it('computes the same in any cuts, batches and places', async () => {
    const set = harness({ layers: 2, places: ['here', 'thread', 'remote', 'remote', 'here'], kv: 'bf16' });
    const [whole] = await set.runner.run([slice(TOKENS, 0, blocksFor(TOKENS.length))]);
    const { vocabSize } = set.runner;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 }),
        async (cuts, homes) => {
          // Two sequences, the second half as long, cut differently and side by side.
          const sequences = [TOKENS, TOKENS.slice(0, 35)].map((tokens, n) => ({
            tokens,
            blocks: blocksFor(tokens.length, 2 + 2 * n, (i) => homes[2 * n + i]!),
            done: 0,
            logits: [] as number[],
          }));
          for (let turn = 0; sequences.some(({ tokens, done }) => done < tokens.length); turn++) {
            const waiting = sequences.filter(({ tokens, done }) => done < tokens.length);
            const slices = waiting.map((sequence) => {
              const count = cuts[turn % cuts.length]![sequences.indexOf(sequence)]!;
              return slice(
                sequence.tokens.slice(sequence.done, sequence.done + count),
                sequence.done,
                sequence.blocks,
              );
            });
            const out = await set.runner.run(slices);
            waiting.forEach((sequence, i) => {
              sequence.done += slices[i]!.tokens.length;
              sequence.logits.push(...out[i]!);
            });
          }
          for (const { tokens, logits } of sequences)
            expect(difference(logits, whole!.subarray(0, tokens.length * vocabSize))).toBeLessThan(2e-3);
        },
      ),
      { numRuns: 8 },
    );
  });

  it.each([1, 2, 5])('says the same with %i shards', async (count) => {
    const one = harness({ seed: 5, contextLength: 400 });
    const many = harness({
      seed: 5,
      places: Array.from({ length: count }, (_, i) => (['here', 'remote', 'thread'] as const)[i % 3]!),
    });
    const prompt = Array.from({ length: 200 }, (_, i) => (i * 53 + 7) % 290);
    const expected = await greedy(one, prompt, 12, blocksFor(300));
    expect(
      await greedy(
        many,
        prompt,
        12,
        blocksFor(300, 0, (i) => (i * 7 + 3) % count),
      ),
    ).toEqual(expected);
  });

  it('cuts batches that are too large', async () => {
    const plain = harness();
    const cut = harness({ mostRows: 16 });
    const slices = [
      slice(TOKENS, 0, blocksFor(70), 'last'),
      slice(TOKENS.slice(0, 20), 0, blocksFor(20, 10), 'none'),
      slice(TOKENS.slice(0, 50), 0, blocksFor(50, 20), 'all'),
    ];
    const [a, none, all] = await plain.runner.run(slices);
    const [b, cutNone, cutAll] = await cut.runner.run(slices);
    expect([none, cutNone]).toEqual([null, null]);
    expect(difference(b!, a!)).toBeLessThan(2e-3);
    expect(cutAll).toHaveLength(50 * plain.runner.vocabSize);
    expect(difference(cutAll!, all!)).toBeLessThan(2e-3);
  });

  it('fills the cache of the last layer too when no logits are wanted', async () => {
    const { runner } = harness();
    const blocks = blocksFor(70);
    const [expected] = await runner.run([slice(TOKENS, 0, blocksFor(70, 8), 'last')]);
    expect(await runner.run([slice(TOKENS.slice(0, 69), 0, blocks, 'none')])).toEqual([null]);
    const [actual] = await runner.run([slice(TOKENS.slice(69), 69, blocks, 'last')]);
    expect(difference(actual!, expected!)).toBeLessThan(2e-3);
  });

  it('copies and moves blocks between shards', async () => {
    const { runner } = harness({ places: ['here', 'remote'] });
    const [expected] = await runner.run([slice(TOKENS, 0, blocksFor(70), 'last')]);
    await runner.copyBlock({ shard: 's/0', block: 0 }, { shard: 's/1', block: 3 });
    const moved = [{ shard: 's/1', block: 3 }, ...blocksFor(70).slice(1)];
    await runner.writeBlock(
      { shard: 's/0', block: 0 },
      new Uint8Array((await runner.readBlock({ shard: 's/0', block: 0 })).length),
    );
    const [actual] = await runner.run([slice(TOKENS.slice(69), 69, moved, 'last')]);
    expect(difference(actual!, expected!)).toBeLessThan(2e-3);
  });

  it('refuses tokens that the model does not have', async () => {
    const { runner } = harness();
    await expect(runner.run([slice([1, 100_000], 0, blocksFor(2))])).rejects.toThrow(
      'token 100000 is not one',
    );
    await expect(runner.run([slice([-1], 0, blocksFor(1))])).rejects.toThrow(RangeError);
  });

  it('refuses blocks that do not cover a slice', async () => {
    const { runner } = harness();
    await expect(runner.run([slice(TOKENS, 0, blocksFor(64))])).rejects.toThrow('1 blocks do not hold');
  });
});

describe('a lost shard', () => {
  const places = ['here', 'remote', 'remote', 'thread'] as const;
  const blocks = blocksFor(200, 0, (i) => i % 4);
  const prompt = Array.from({ length: 190 }, (_, i) => (i * 53 + 7) % 290);

  it('fails the step and nothing else: the step can be run again elsewhere', async () => {
    const set = harness({ places });
    const [expected] = await set.runner.run([slice(prompt, 0, blocks, 'last')]);
    for (const lose of [1, 2]) {
      const again = harness({ places });
      await again.runner.run([slice(prompt.slice(0, 189), 0, blocks, 'none')]);
      const step = again.runner.run([slice(prompt.slice(189), 189, blocks, 'last')]);
      again.shards[lose]!.lose();
      await expect(step).rejects.toThrow(ShardLostError);
      // The blocks of the lost shard alone are computed again, into another shard's.
      const healed = blocks.map((ref, i) =>
        ref.shard === `s/${lose}` ? { shard: 's/0', block: 40 + i } : ref,
      );
      again.runner.remove(`s/${lose}`);
      for (const [i, ref] of blocks.entries())
        if (ref.shard === `s/${lose}`)
          await again.runner.run([
            slice(prompt.slice(i * 64, Math.min(i * 64 + 64, 189)), i * 64, healed, 'none'),
          ]);
      const [actual] = await again.runner.run([slice(prompt.slice(189), 189, healed, 'last')]);
      expect(difference(actual!, expected!)).toBeLessThan(2e-3);
    }
  });

  it('ends the step of every other shard', async () => {
    const { runner, shards } = harness({ places });
    await runner.run([slice(prompt.slice(0, 189), 0, blocks, 'none')]);
    shards[2]!.lose();
    await expect(runner.run([slice(prompt.slice(189), 189, blocks, 'last')])).rejects.toThrow(
      'KV shard s/2 is lost',
    );
    for (const i of [0, 1, 3]) {
      const { log } = shards[i]!;
      expect(log.filter((each) => each === 'begin')).toHaveLength(
        log.filter((each) => each === 'end').length,
      );
    }
  });

  it('is known by its name when nobody attached it', async () => {
    const { runner } = harness();
    await expect(runner.run([slice([1], 0, [{ shard: 'x/9', block: 0 }])])).rejects.toThrow(
      'KV shard x/9 is lost',
    );
    await expect(runner.readBlock({ shard: 'x/9', block: 0 })).rejects.toThrow(ShardLostError);
  });
});
