import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promptTokens, usageOf } from '../../core/usage.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { formatMessageUsage } from './format-usage.ts';
import { meterResponse } from './parse-response.ts';
import { mergeUsage, parseUsage } from './parse-usage.ts';

const tokens = fc.nat({ max: 1_000_000 });
const wireUsage = fc.record({
  input_tokens: tokens,
  cache_read_input_tokens: tokens,
  cache_creation: fc.record({ ephemeral_5m_input_tokens: tokens, ephemeral_1h_input_tokens: tokens }),
  output_tokens: tokens,
});

describe('usage', () => {
  it('is read by kind', () => {
    expect(meterResponse(jsonFixture('response-agent.json'))).toEqual([
      {
        type: 'usage',
        source: 'provider',
        usage: usageOf({
          input: 100,
          cacheRead: 50_000,
          cacheWrite5m: 10_000,
          cacheWrite1h: 20_000,
          output: 1000,
          reasoning: 300,
          webSearches: 2,
        }),
        serviceTier: 'standard',
        model: 'claude-sonnet-4-5-20250929',
      },
      { type: 'finish', reason: 'tool-calls' },
    ]);
  });

  it('counts nothing twice however often a stream repeats it', () => {
    fc.assert(
      fc.property(wireUsage, tokens, fc.integer({ min: 1, max: 4 }), (start, output, repeats) => {
        const { cache_creation, ...rest } = start;
        const written = cache_creation.ephemeral_5m_input_tokens + cache_creation.ephemeral_1h_input_tokens;
        const delta = { ...rest, cache_creation_input_tokens: written, output_tokens: output };
        let known = mergeUsage({}, { ...start, cache_creation_input_tokens: written, output_tokens: 1 });
        for (let i = 0; i < repeats; i++) known = mergeUsage(known, delta);
        const { usage } = parseUsage(known, undefined);
        expect(usage.output).toBe(output);
        expect(promptTokens(usage)).toBe(start.input_tokens + start.cache_read_input_tokens + written);
        expect(usage.cacheWrite1h).toBe(cache_creation.ephemeral_1h_input_tokens);
      }),
    );
  });

  it('takes the latest total, and a zero or null for no news', () => {
    const start = { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 };
    const later = { input_tokens: 30, cache_read_input_tokens: null, output_tokens: 7 };
    expect(parseUsage(mergeUsage(start, later), undefined).usage).toEqual(
      usageOf({ input: 30, cacheRead: 5, output: 7 }),
    );
    expect(parseUsage(mergeUsage(start, { input_tokens: 0, output_tokens: 7 }), undefined).usage.input).toBe(
      10,
    );
  });

  it('takes cache writes of unknown duration for the short ones', () => {
    expect(parseUsage({ cache_creation_input_tokens: 8 }, undefined).usage.cacheWrite5m).toBe(8);
  });

  it('adds what compaction used, which the totals leave out', () => {
    const wire = {
      input_tokens: 10,
      output_tokens: 2,
      iterations: [
        { type: 'compaction', input_tokens: 100, output_tokens: 20 },
        { type: 'message', input_tokens: 10, output_tokens: 2 },
      ],
    };
    expect(parseUsage(wire, undefined).usage).toEqual(usageOf({ input: 110, output: 22 }));
  });

  it('names fast mode as a tier of its own', () => {
    expect(parseUsage({ speed: 'fast', service_tier: 'standard' }, undefined).serviceTier).toBe('fast');
  });

  it('survives being told to a client of ours', () => {
    fc.assert(
      fc.property(wireUsage, (wire) => {
        const part = parseUsage(wire, undefined);
        expect(parseUsage(formatMessageUsage(part), undefined)).toEqual(part);
      }),
    );
  });

  it('ignores counts that are none', () => {
    const wire = { input_tokens: -1, output_tokens: 'x', cache_read_input_tokens: 1.5, cache_creation: [] };
    expect(parseUsage(wire, undefined).usage).toEqual(usageOf({}));
  });
});
