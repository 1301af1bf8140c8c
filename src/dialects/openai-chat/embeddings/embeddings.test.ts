import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerContext } from '../../../core/dialect.ts';
import { isCallError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Part } from '../../../core/part.ts';
import { usageOf } from '../../../core/usage.ts';
import { mutated } from '../../fuzz.contract.ts';
import { embeddings } from './index.ts';

const ROUTE = { operation: 'embed' } as const;
const REQUEST: JsonObject = {
  model: 'm',
  input: ['a', [1, 2]],
  dimensions: 3,
  encoding_format: 'base64',
  user: 'ann',
};
const RESPONSE: JsonObject = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.5, -1] }],
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 8, total_tokens: 8 },
};
const context = (body: JsonObject): AnswerContext => ({
  callId: 'c',
  requestedModel: 'm',
  createdAt: 0,
  body,
  framing: 'sse',
});

describe('embeddings', () => {
  it.each([
    ['one', ['one']],
    [
      ['one', 'two'],
      ['one', 'two'],
    ],
    [[1, 2, 3], [[1, 2, 3]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
  ])('reads the input %j', (input, inputs) => {
    expect(embeddings.parseRequest({ model: 'm', input }, ROUTE)).toEqual({
      inputs,
      encoding: 'float',
      extras: {},
    });
  });

  it.each([[[]], [''.length], [[['a']]], [[1.5]], [{}], [null]])('refuses the input %j', (input) => {
    expect(() => embeddings.parseRequest({ model: 'm', input }, ROUTE)).toThrow(/^input/);
  });

  it('asks in the words of the API', () => {
    const parsed = embeddings.parseRequest(REQUEST, ROUTE);
    expect(embeddings.formatRequest(parsed, 'x')).toEqual({
      body: { model: 'x', input: ['a', [1, 2]], dimensions: 3, encoding_format: 'float', user: 'ann' },
      warnings: [],
    });
  });

  it('reads vectors and usage', () => {
    expect(embeddings.parseResponse(RESPONSE)).toEqual([
      { type: 'embedding', index: 0, vector: [0.5, -1] },
      { type: 'usage', usage: usageOf({ input: 8 }), source: 'provider', model: 'text-embedding-3-small' },
    ]);
    expect(embeddings.meterResponse(RESPONSE)).toHaveLength(1);
  });

  it('writes base64 of little-endian floats when asked, and reads it back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true })),
        fc.constantFrom('base64', 'float', null),
        (vector, encoding) => {
          const parts: Part[] = [{ type: 'embedding', index: 0, vector }];
          const body = embeddings.formatResponse(parts, context({ encoding_format: encoding }));
          const [first] = body['data'] as JsonObject[];
          expect(typeof first?.['embedding']).toBe(encoding === 'base64' ? 'string' : 'object');
          expect(embeddings.parseResponse(body)[0]).toEqual({ type: 'embedding', index: 0, vector });
        },
      ),
    );
    const body = embeddings.formatResponse(
      [{ type: 'embedding', index: 0, vector: [1] }],
      context({ encoding_format: 'base64' }),
    );
    expect(body).toMatchObject({ data: [{ embedding: 'AACAPw==' }], usage: { prompt_tokens: 0 } });
  });

  it('never throws anything but a CallError', () => {
    const bodies = fc.oneof(mutated([REQUEST]), mutated([RESPONSE]));
    fc.assert(
      fc.property(bodies, (body) => {
        for (const run of [
          () => embeddings.formatRequest(embeddings.parseRequest(body, ROUTE), 'm'),
          () => embeddings.parseResponse(body),
          () => embeddings.meterResponse(body),
        ])
          try {
            run();
          } catch (error) {
            if (!isCallError(error)) throw error;
          }
      }),
      { numRuns: 200 },
    );
  });
});
