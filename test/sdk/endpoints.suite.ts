import { randomUUID } from 'node:crypto';
import { toFile } from 'openai';
import { beforeEach, describe, expect, it } from 'vitest';
import { vectorOf } from '../../src/demo/provider/vectors.ts';
import { gateway } from './shared-gateway.ts';
import { anthropicClient } from './drivers/anthropic.ts';
import { genAiClient } from './drivers/genai.ts';
import { openAiClient } from './drivers/openai-client.ts';
import { ALIASES } from './targets.ts';

let session: string;
beforeEach(() => {
  session = randomUUID();
});

const to = () => ({ origin: gateway.origin, key: 'any', headers: { 'x-illm-session': session } });
const messages = [{ role: 'user' as const, content: 'hello there, how are you?' }];

describe('embeddings', () => {
  const input = ['first text', 'the second, somewhat longer text'];

  it.each([
    // 3 + 8 tokens; $0.02 a million.
    ['openai/text-embedding-3-small', '0.00000022', 11],
    ['our-vllm/bge-m3', null, 11],
  ])('by %s', async (model, costUsd, tokens) => {
    const answer = await openAiClient(to()).embeddings.create({ model, input, dimensions: 8 });
    expect(answer.data.map(({ embedding }) => embedding)).toEqual(input.map((text) => vectorOf(text, 8)));
    expect(answer.usage.prompt_tokens).toBe(tokens);
    expect(await gateway.calls({ session })).toMatchObject([
      {
        operation: 'embed',
        status: 'ok',
        usage: { input: tokens, output: 0 },
        costUsd,
        unpriced: costUsd === null,
      },
    ]);
  });

  it('by Google, which does not count: the row says that it is an estimate', async () => {
    const model = 'google/gemini-embedding-001';
    const answer = await openAiClient(to()).embeddings.create({ model, input, dimensions: 8 });
    expect(answer.data.map(({ index }) => index)).toEqual([0, 1]);
    expect(answer.data.map(({ embedding }) => embedding)).toEqual(input.map((text) => vectorOf(text, 8)));
    const [row] = await gateway.calls({ session });
    expect(row).toMatchObject({ operation: 'embed', usageSource: 'estimated', unpriced: false });
    expect(row!.usage.input).toBeGreaterThan(0);
  });

  it('in floats, when asked for', async () => {
    const model = 'google/gemini-embedding-001';
    const answer = await openAiClient(to()).embeddings.create({
      model,
      input: 'x',
      encoding_format: 'float',
    });
    expect(answer.data[0]?.embedding).toEqual(vectorOf('x', 32));
  });

  it('by a Gemini client, of OpenAI', async () => {
    const { embeddings } = await genAiClient(to()).models.embedContent({
      model: 'openai/text-embedding-3-small',
      contents: input,
      config: { outputDimensionality: 8 },
    });
    expect(embeddings?.map(({ values }) => values)).toEqual(input.map((text) => vectorOf(text, 8)));
  });

  it('are refused where the provider has none', async () => {
    const asked = openAiClient(to()).embeddings.create({ model: 'anthropic/claude-sonnet-4-5', input });
    await expect(asked).rejects.toMatchObject({ status: 400 });
  });
});

describe('token counts', () => {
  it.each(['on-anthropic', 'on-openai', 'on-google', 'on-vllm'])(
    'by an Anthropic client, for %s',
    async (model) => {
      const { input_tokens } = await anthropicClient(to()).messages.countTokens({ model, messages });
      expect(input_tokens).toBeGreaterThan(3);
      expect(input_tokens).toBeLessThan(40);
      const [row] = await gateway.calls({ session });
      expect(row).toMatchObject({ operation: 'count-tokens', status: 'ok', costUsd: '0.000000' });
    },
  );

  it.each(['on-google', 'on-anthropic', 'on-openai'])('by a Gemini client, for %s', async (model) => {
    const { totalTokens } = await genAiClient(to()).models.countTokens({ model, contents: 'hello there' });
    expect(totalTokens).toBeGreaterThan(1);
    expect(totalTokens).toBeLessThan(30);
  });
});

describe('the list of models', () => {
  it('names aliases, for every SDK', async () => {
    const openai = (await openAiClient(to()).models.list()).data.map(({ id }) => id);
    const anthropic = (await anthropicClient(to()).models.list()).data.map(({ id }) => id);
    const google: string[] = [];
    for await (const { name } of await genAiClient(to()).models.list()) google.push(name ?? '');
    expect(openai).toEqual(expect.arrayContaining(Object.keys(ALIASES)));
    expect(anthropic).toEqual(expect.arrayContaining(Object.keys(ALIASES)));
    expect(google).toEqual(expect.arrayContaining(Object.keys(ALIASES).map((name) => `models/${name}`)));
  });
});

describe("a provider's other endpoints", () => {
  const below = () => ({ ...to(), origin: `${gateway.origin}/providers/openai` });

  it('are relayed and recorded: moderation', async () => {
    const answer = await openAiClient(below()).moderations.create({ input: 'something forbidden' });
    expect(answer.results[0]?.flagged).toBe(true);
    const [row] = await gateway.calls({ session });
    expect(row).toMatchObject({ operation: 'relay', status: 'ok', target: { provider: 'openai' } });
  });

  it('are relayed byte for byte: an upload', async () => {
    const file = await toFile(Buffer.alloc(5000, 7), 'sound.wav');
    const answer = await openAiClient(below()).audio.transcriptions.create({
      file,
      model: 'gpt-4o-transcribe',
    });
    expect(answer.text).toContain('A simulated transcription of');
    expect(gateway.providers.openai.requests[0]?.body.includes(Buffer.alloc(5000, 7))).toBe(true);
    const [row] = await gateway.calls({ session });
    expect(row).toMatchObject({ operation: 'relay', status: 'ok' });
  });

  it('keep the words of their own errors', async () => {
    const unknown = openAiClient(below()).models.retrieve('no-such-model');
    await expect(unknown).rejects.toMatchObject({ status: 404 });
  });
});
