import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCausalAttention } from '../attention/causal.ts';
import { createLocalShard } from '../attention/local-shard.ts';
import { openModel } from '../models/index.ts';
import type { Arithmetic } from '../graphs/linear.ts';
import type { KvType } from '../ports.ts';
import { openTokenizer } from '../tokens/index.ts';
import { createRunner, kvShapeOf, type Runner } from './runner.ts';
import { selfAttention } from './self-attention.ts';
import { largest, slice } from './testing/harness.contract.ts';

/** Set it to the path of SmolLM2-135M-Instruct as a GGUF to run these. */
const PATH = process.env['INFINITE_LLM_TEST_MODEL'] ?? '';

function open(
  type: KvType,
  arithmetic: Arithmetic,
): { runner: Runner; encode: (text: string) => number[]; decode: (ids: number[]) => string } {
  const model = openModel(PATH);
  const text = openTokenizer(model.tokenizer);
  const kv = kvShapeOf(model, type);
  const shards = [0, 1].map((i) => createLocalShard({ id: `s/${i}`, kv, maxBytes: 16 * 2 ** 20 }));
  const runner = createRunner(model, kv, {
    selfAttention: selfAttention(kv, openCausalAttention(kv)),
    round: (values) => shards[0]!.round(values),
    arithmetic,
  });
  for (const shard of shards) runner.add(shard, 'here');
  model.close();
  return {
    runner,
    encode: (of) => text.encode(of, { special: true }),
    decode: (ids) => text.decode(ids),
  };
}

const blocksOn = (shards: readonly number[], first: number) =>
  shards.map((shard, i) => ({ shard: `s/${shard}`, block: first + i }));

/** KL(p ‖ q) of the distributions that logits stand for, nats. */
function divergence(p: Float32Array, q: Float32Array): number {
  const logs = (of: Float32Array): Float64Array => {
    const most = of.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = of.reduce((total, each) => total + Math.exp(each - most), 0);
    return Float64Array.from(of, (each) => each - most - Math.log(sum));
  };
  const [a, b] = [logs(p), logs(q)];
  return a.reduce((sum, each, i) => sum + Math.exp(each) * (each - b[i]!), 0);
}

describe.skipIf(!existsSync(PATH))('SmolLM2-135M-Instruct (INFINITE_LLM_TEST_MODEL)', () => {
  it.each<KvType>(['bf16', 'int8'])('answers with KV in %s', { timeout: 120_000 }, async (type) => {
    const { runner, encode, decode } = open(type, 'fast');
    const prompt = encode(
      '<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n',
    );
    const blocks = blocksOn([0, 1], 0);
    const answer: number[] = [];
    let start = prompt.length;
    let [logits] = await runner.run([slice(prompt, 0, blocks, 'last')]);
    while (answer.at(-1) !== 2 && answer.length < 24) {
      answer.push(largest(logits!));
      [logits] = await runner.run([slice(answer.slice(-1), start++, blocks, 'last')]);
    }
    expect(decode(answer)).toContain('Paris');
    await runner.close();
  });

  // At the fast level, inputs rounded to 8 bits turn a difference of 1e-6 into a KL of 1e-2 over 30 layers, so that
  // only without that rounding can it be seen that cuts and shards change nothing.
  it('computes the same in any cuts and shards', { timeout: 120_000 }, async () => {
    const { runner } = open('bf16', 'exact');
    const tokens = Array.from({ length: 150 }, (_, i) => 200 + ((i * 7919) % 30_000));
    const [whole] = await runner.run([slice(tokens, 0, blocksOn([0, 0, 0], 0), 'last')]);
    for (const [shards, cut] of [
      [[0, 0, 0], 40],
      [[0, 1, 0], 64],
      [[1, 0, 1], 149],
    ] as const) {
      const blocks = blocksOn(shards, 4);
      let logits: Float32Array | null | undefined;
      for (let at = 0; at < tokens.length; at += cut)
        [logits] = await runner.run([slice(tokens.slice(at, at + cut), at, blocks, 'last')]);
      expect(divergence(whole!, logits!)).toBeLessThan(2e-4);
    }
    await runner.close();
  });
});
