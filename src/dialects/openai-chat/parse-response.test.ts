import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { meterResponse, parseResponse } from './parse-response.ts';
import { parseUsage } from './usage.ts';

describe('parseResponse of chat completions', () => {
  it('reads text, parallel tool calls and usage that partitions the prompt', () => {
    const answer = parseResponse(jsonFixture('response-tools.json'));
    expect(answer.content).toEqual([
      { type: 'text', text: 'Let me look.' },
      { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city": "Oslo"}' },
      { type: 'tool-call', id: 'call_b', name: 'time', arguments: '{}' },
    ]);
    expect(answer.finish).toEqual({ type: 'finish', reason: 'tool-calls' });
    expect(answer.usage).toMatchObject({
      usage: {
        input: 1500,
        cacheRead: 8000,
        cacheWrite5m: 500,
        output: 500,
        reasoning: 300,
        inputAudio: 100,
      },
      source: 'provider',
      serviceTier: 'flex',
      model: 'gpt-5-2025-08-07',
    });
    expect(meterResponse(jsonFixture('response-tools.json'))).toEqual([answer.usage, answer.finish]);
  });

  it('reads thoughts and the stop sequence of vLLM', () => {
    expect(parseResponse(jsonFixture('response-reasoning-server.json'))).toMatchObject({
      content: [
        { type: 'reasoning', text: 'Hm.' },
        { type: 'text', text: 'Four.' },
      ],
      finish: { reason: 'stop', stopSequence: 'END' },
    });
  });

  it('knows an error that came with status 200, and an answer without choices', () => {
    expect(() => parseResponse({ error: { message: 'Overloaded', code: 503 } })).toThrow('Overloaded');
    expect(() => parseResponse({ choices: [] })).toThrow('without any choice');
  });
});

describe('usage of chat completions', () => {
  const usageOf = (usage: JsonObject) => parseUsage({ usage })?.usage;

  it('is never negative, however odd the server counts', () => {
    const odd = { prompt_tokens: 5, completion_tokens: -3, prompt_tokens_details: { cached_tokens: 8 } };
    expect(usageOf(odd)).toMatchObject({ input: 0, cacheRead: 8, output: 0 });
    expect(usageOf({ prompt_tokens: '5', completion_tokens: null })).toMatchObject({ input: 0, output: 0 });
  });

  it('reads the cached tokens of DeepSeek and the reasoning of xAI, which is not among the completion tokens', () => {
    expect(usageOf({ prompt_tokens: 10, prompt_cache_hit_tokens: 4 })).toMatchObject({
      input: 6,
      cacheRead: 4,
    });
    const apart = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 115,
      completion_tokens_details: { reasoning_tokens: 100 },
    };
    expect(usageOf(apart)).toMatchObject({ output: 105, reasoning: 100 });
  });

  it('is null when there is none', () => {
    expect(parseUsage({ usage: null })).toBeNull();
  });
});
