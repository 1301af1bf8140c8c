import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { usageIn } from './usage-shape.ts';

function counted(body: JsonObject): Record<string, number> | null {
  const part = usageIn(body);
  return part && Object.fromEntries(Object.entries(part.usage).filter(([, count]) => count !== 0));
}

describe('usageIn', () => {
  it('reads a transcription', () => {
    const usage = {
      type: 'tokens',
      input_tokens: 114,
      input_token_details: { text_tokens: 0, audio_tokens: 114 },
      output_tokens: 45,
      total_tokens: 159,
    };
    expect(counted({ text: 'Hi', usage })).toEqual({ input: 114, inputAudio: 114, output: 45 });
  });

  it('reads speech', () => {
    const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
    expect(counted({ type: 'speech.audio.done', usage })).toEqual({
      input: 14,
      output: 101,
      outputAudio: 101,
    });
  });

  it('reads images, also where it is not said that they are', () => {
    const usage = {
      input_tokens: 50,
      input_tokens_details: { text_tokens: 10, image_tokens: 40 },
      output_tokens: 4160,
      total_tokens: 4210,
    };
    const expected = { input: 50, inputImage: 40, output: 4160, outputImage: 4160 };
    expect(counted({ created: 1, data: [{ b64_json: 'AA' }], usage })).toEqual(expected);
    expect(counted({ type: 'image_generation.completed', b64_json: 'AA', usage })).toEqual(expected);
  });

  it('reads chat, cached tokens apart', () => {
    const usage = {
      prompt_tokens: 100,
      prompt_tokens_details: { cached_tokens: 80 },
      completion_tokens: 20,
      completion_tokens_details: { reasoning_tokens: 5 },
    };
    const part = usageIn({ model: 'gpt-5', service_tier: 'flex', usage });
    expect(part).toMatchObject({ source: 'provider', model: 'gpt-5', serviceTier: 'flex' });
    expect(counted({ usage })).toEqual({ input: 20, cacheRead: 80, output: 20, reasoning: 5 });
  });

  it("reads Anthropic's, whose input has no cached tokens in it", () => {
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_1h_input_tokens: 20, ephemeral_5m_input_tokens: 10 },
      cache_read_input_tokens: 50,
      output_tokens: 7,
    };
    expect(counted({ usage })).toEqual({
      input: 10,
      cacheRead: 50,
      cacheWrite5m: 10,
      cacheWrite1h: 20,
      output: 7,
    });
  });

  it("reads Gemini's, whose thoughts are not among its candidates", () => {
    const usageMetadata = {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 5,
    };
    expect(counted({ usageMetadata })).toEqual({ input: 40, cacheRead: 60, output: 15, reasoning: 5 });
  });

  it.each<JsonObject>([
    {},
    { usage: null },
    { usage: 5 },
    { usage: {} },
    { usage: { type: 'duration', seconds: 9 } },
    { usage: { input_tokens: 'many' } },
    { usage: { input_tokens: -1 } },
  ])('finds none in %j', (body) => {
    expect(usageIn(body)).toBeNull();
  });
});
