import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../models/index.ts';
import { BLOCK_TOKENS } from '../ports.ts';
import { startRunner } from '../runner/start-runner.ts';
import { PLAIN_SAMPLING } from '../sampling/index.ts';
import { openTokenizer } from '../tokens/index.ts';
import { type LocalEngine, createEngine } from './engine.ts';
import { createLocalPool } from './local-pool.ts';
import { collect } from './testing/fake-text.ts';

/** A GGUF file of SmolLM2-135M-Instruct; the runner's thread is that of the last build. */
const PATH = process.env['INFINITE_LLM_TEST_MODEL'] ?? '';

const TEXT = `The capital of France is Paris. The capital of Italy is Rome. The capital of Spain is Madrid. The capital of
Germany is Berlin. The capital of Portugal is Lisbon. The capital of Austria is Vienna. The capital of Norway is Oslo.
The capital of Poland is Warsaw. The capital of Hungary is Budapest. The capital of Greece is`;

describe.skipIf(!existsSync(PATH))('SmolLM2-135M-Instruct (INFINITE_LLM_TEST_MODEL)', () => {
  let open: (blocks: number, maxTokensPerStep: number) => LocalEngine;
  let encode: (text: string) => number[];
  let close = async (): Promise<void> => {};

  beforeAll(async () => {
    const runner = await startRunner({
      modelPath: PATH,
      kvType: 'bf16',
      kvBytes: 64 * 2 ** 20,
      localShards: 1,
      instance: 'test',
      wire: { secret: null, tls: null, timeoutMs: 5000, listen: null },
    });
    close = () => runner.close();
    const model = openModel(PATH);
    const tokenizer = openTokenizer(model.tokenizer);
    const { eosTokens } = model.tokenizer;
    model.close();
    encode = (text) => tokenizer.encode(text);
    open = (blocks, maxTokensPerStep) =>
      createEngine({
        runner,
        pool: createLocalPool([{ id: 'test/0', blocks }]),
        tokenizer: { eosTokens, detokenizer: () => tokenizer.detokenizer() },
        modelName: 'smollm2',
        contextLength: 2048,
        options: { maxTokensPerStep },
      });
  }, 120_000);
  afterAll(() => close());

  const request = (prompt: readonly number[], maxTokens: number) => ({
    prompt,
    maxTokens,
    sampling: { ...PLAIN_SAMPLING, temperature: 0 },
    stop: [],
    logprobs: null,
    ignoreEos: true,
  });

  it('goes on sensibly in chunks, in company, preempted and from cached blocks', async () => {
    const prompt = encode(TEXT);
    const alone = await collect(open(20, 512).generate(request(prompt, 90)));
    expect(alone.text).toMatch(/^ Athens/);
    const engine = open(5, 33);
    const other = request(encode('One, two, three, four, five,'), 150);
    const got = await Promise.all(
      [request(prompt, 90), other, request(prompt, 90)].map((r) => collect(engine.generate(r))),
    );
    // Not all 90 tokens: other chunks round differently, which decides where two tokens are about equally likely.
    expect(got[0]?.text).toMatch(/^ Athens/);
    expect(got[1]?.text).toMatch(/^ six/);
    expect(got[2]?.text).toMatch(/^ Athens/);
    expect(got.map(({ tokens }) => tokens.length)).toEqual([90, 150, 90]);
    expect(engine.status().preemptions).toBeGreaterThan(0);
    await collect(engine.generate(request(prompt, 9)));
    const again = await collect(engine.generate(request(prompt, 9)));
    expect(again.finish?.cachedTokens).toBe(BLOCK_TOKENS);
    expect(again.text).toMatch(/^ Athens/);
    await engine.close();
  }, 120_000);

  it('scores sense higher than nonsense', async () => {
    const engine = open(20, 512);
    const perplexity = async (text: string) => {
      const logprobs = await engine.score(encode(text));
      return Math.exp(-logprobs.reduce((a, b) => a + b, 0) / logprobs.length);
    };
    const sense = await perplexity(TEXT);
    expect(sense).toBeLessThan(6);
    expect(await perplexity(TEXT.split(' ').reverse().join(' '))).toBeGreaterThan(4 * sense);
    await engine.close();
  }, 120_000);
});
