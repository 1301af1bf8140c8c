import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promptTokens, usageOf } from '../../core/usage.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { formatUsage } from './format-usage.ts';
import { meterResponse } from './parse-response.ts';
import { parseUsage } from './parse-usage.ts';
import { usageReader } from './read-answer.ts';

const tokens = fc.nat({ max: 1_000_000 });

describe('usage', () => {
  it('is read by kind', () => {
    expect(meterResponse(jsonFixture('response-agent.json'))).toEqual([
      {
        type: 'usage',
        source: 'provider',
        usage: usageOf({
          input: 150_050,
          cacheRead: 100_000,
          output: 4000,
          reasoning: 3000,
          inputAudio: 500,
          inputImage: 300,
          cacheReadAudio: 200,
          outputImage: 100,
          webSearches: 2,
        }),
        serviceTier: 'priority',
        model: 'gemini-3.1-pro-preview',
      },
      { type: 'finish', reason: 'tool-calls' },
    ]);
  });

  it('counts cached tokens once: they are part of the prompt', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, (prompt, cached, answer, thoughts) => {
        const usage = parseUsage(
          {
            promptTokenCount: prompt,
            cachedContentTokenCount: cached,
            candidatesTokenCount: answer,
            thoughtsTokenCount: thoughts,
          },
          0,
        );
        expect(promptTokens(usage)).toBe(prompt);
        expect(usage.output).toBe(answer + thoughts);
        expect(Math.min(usage.input, usage.cacheRead)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('keeps modalities within what they are part of', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, (prompt, cached, audio, cachedAudio) => {
        const usage = parseUsage(
          {
            promptTokenCount: prompt,
            cachedContentTokenCount: cached,
            promptTokensDetails: [{ modality: 'AUDIO', tokenCount: audio }],
            cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: cachedAudio }],
          },
          0,
        );
        expect(usage.inputAudio).toBeLessThanOrEqual(usage.input);
        expect(usage.cacheReadAudio).toBeLessThanOrEqual(usage.cacheRead);
      }),
    );
  });

  it('survives being told to a client of ours', () => {
    fc.assert(
      fc.property(fc.tuple(tokens, tokens, tokens, tokens), ([input, cacheRead, output, reasoning]) => {
        const usage = usageOf({ input, cacheRead, output: output + reasoning, reasoning });
        const wire = formatUsage({ type: 'usage', source: 'provider', usage });
        expect(parseUsage(wire, 0)).toEqual(usage);
        expect(wire['totalTokenCount']).toBe(input + cacheRead + output + reasoning);
      }),
    );
  });

  it.each([
    ['gemini-2.5-flash', 1],
    ['gemini-3-flash-preview', 2],
    ['gemini-flash-latest', 2],
  ])('counts searches as %s bills them', (modelVersion, webSearches) => {
    const read = usageReader();
    const chunk = (queries: string[]) => ({
      modelVersion,
      usageMetadata: { promptTokenCount: 1 },
      candidates: [{ groundingMetadata: { webSearchQueries: queries } }],
    });
    read(chunk(['a', '']));
    expect(read(chunk(['a', 'b']))[0]?.usage.webSearches).toBe(webSearches);
  });

  it('reads the tier of Vertex AI from the traffic type', () => {
    const [part] = usageReader()({ usageMetadata: { promptTokenCount: 1, trafficType: 'ON_DEMAND_FLEX' } });
    expect(part?.serviceTier).toBe('on_demand_flex');
  });
});
