import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerContext } from '../../core/dialect.ts';
import { isCallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import { anyObject, mutated } from '../fuzz.contract.ts';
import { embed } from './embed.ts';

const ROUTE = { operation: 'embed' } as const;
const content = (text: string) => ({ parts: [{ text }] });
const BATCH = {
  requests: [
    { model: 'models/m', content: content('a'), outputDimensionality: 8 },
    { model: 'models/m', content: content('b'), output_dimensionality: 8, taskType: 'RETRIEVAL_QUERY' },
  ],
};

function context(body: JsonObject): AnswerContext {
  return { callId: 'x', requestedModel: 'm', createdAt: 0, body, framing: 'sse' };
}

describe('embed', () => {
  it('reads one text or many', () => {
    expect(embed.parseRequest({ content: content('a') }, ROUTE)).toEqual({
      inputs: ['a'],
      encoding: 'float',
      extras: {},
    });
    expect(embed.parseRequest(BATCH, ROUTE)).toEqual({
      inputs: ['a', 'b'],
      dimensions: 8,
      encoding: 'float',
      extras: { 'requests[1].taskType': 'RETRIEVAL_QUERY' },
    });
  });

  it('refuses a batch of different lengths', () => {
    const requests = [{ content: content('a') }, { content: content('b'), outputDimensionality: 3 }];
    expect(() => embed.parseRequest({ requests }, ROUTE)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'requests[1].outputDimensionality' }),
    );
  });

  it('asks for a batch, and refuses tokens', () => {
    const input = { inputs: ['a', 'b'], dimensions: 8, encoding: 'base64', user: 'u', extras: {} } as const;
    expect(embed.formatRequest(input, 'm')).toEqual({
      body: {
        requests: ['a', 'b'].map((text) => ({
          model: 'models/m',
          content: content(text),
          outputDimensionality: 8,
        })),
      },
      warnings: ['user: Gemini has no such parameter'],
    });
    expect(() => embed.formatRequest({ ...input, inputs: [[1, 2]] }, 'm')).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });

  it('answers one with one and a batch with a batch', () => {
    const parts: Part[] = [
      { type: 'embedding', index: 1, vector: [3] },
      { type: 'embedding', index: 0, vector: [1, 2] },
      { type: 'usage', usage: usageOf({ input: 5 }), source: 'provider' },
      { type: 'finish', reason: 'stop' },
    ];
    const usageMetadata = { promptTokenCount: 5, totalTokenCount: 5 };
    expect(embed.formatResponse(parts, context(BATCH))).toEqual({
      embeddings: [{ values: [1, 2] }, { values: [3] }],
      usageMetadata,
    });
    expect(embed.formatResponse(parts, context({ content: content('a') }))).toEqual({
      embedding: { values: [1, 2] },
      usageMetadata,
    });
  });

  it('reads answers of both kinds', () => {
    expect(
      embed.parseResponse({ embedding: { values: [1] }, usageMetadata: { promptTokenCount: 3 } }),
    ).toMatchObject([
      { type: 'embedding', index: 0, vector: [1] },
      { type: 'usage', usage: { input: 3 } },
    ]);
    expect(embed.parseResponse({ embeddings: [{ values: [1] }, { values: [2] }] })).toHaveLength(2);
    expect(() => embed.parseResponse({})).toThrow(expect.objectContaining({ code: 'upstream_garbage' }));
  });

  it('reads anything, or says in a CallError what is wrong with it', () => {
    const single = { content: content('a') };
    fc.assert(
      fc.property(fc.oneof(anyObject, mutated([BATCH, single])), (body) => {
        for (const read of [() => embed.parseRequest(body, ROUTE), () => embed.parseResponse(body)]) {
          try {
            read();
          } catch (error) {
            if (!isCallError(error)) throw error;
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
