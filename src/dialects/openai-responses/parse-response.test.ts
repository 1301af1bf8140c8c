import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { meterResponse, parseResponse } from './parse-response.ts';

describe('parseResponse of responses', () => {
  it('reads thoughts, text, calls, pictures and paid tools', () => {
    const answer = parseResponse(jsonFixture('response-everything.json'));
    expect(answer.content).toEqual([
      { type: 'reasoning', text: 'Hm.', signature: 'openai:rs_1:gAAAA' },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city": "Oslo"}' },
      { type: 'media', mediaType: 'image/webp', source: { kind: 'base64', data: 'AAAA' } },
    ]);
    expect(answer.usage).toMatchObject({
      usage: {
        input: 300,
        cacheRead: 600,
        cacheWrite5m: 100,
        output: 200,
        reasoning: 150,
        webSearches: 1,
        fileSearches: 1,
      },
      serviceTier: 'priority',
      model: 'gpt-5-2025-08-07',
    });
    expect(answer.finish).toEqual({ type: 'finish', reason: 'tool-calls' });
    expect(meterResponse(jsonFixture('response-everything.json'))).toEqual([answer.usage, answer.finish]);
  });

  it.each<[JsonObject, string]>([
    [{ status: 'completed' }, 'stop'],
    [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'content-filter'],
    [{ status: 'queued' }, 'other'],
  ])('reads the finish of %j as %s', (fields, reason) => {
    expect(parseResponse({ output: [], ...fields }).finish.reason).toBe(reason);
  });

  it('throws what a failed response tells', () => {
    const failed = {
      status: 'failed',
      output: [],
      error: { code: 'rate_limit_exceeded', message: 'Slow down' },
    };
    expect(() => parseResponse(failed)).toThrow(expect.objectContaining({ code: 'rate_limited' }) as Error);
    expect(() => parseResponse({ object: 'list' })).toThrow('output');
  });
});
