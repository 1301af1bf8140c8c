import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../core/json.ts';
import { sampleOf } from './sample.ts';

/** Schemas of the kinds that clients send: nested objects, arrays, enums, bounds, unions. */
const schemas: fc.Arbitrary<JsonObject> = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonObject>(
      { type: 'boolean' },
      { type: 'null' },
      { const: 'fixed' },
      { type: 'string', format: 'email' },
      { type: 'string', format: 'date' },
      { type: ['string', 'null'] },
    ),
    fc.record({
      type: fc.constant('string'),
      minLength: fc.nat(8),
      maxLength: fc.integer({ min: 8, max: 12 }),
    }),
    fc.record({ enum: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }) }),
    fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(50)).map(([minimum, span]) => ({
      type: 'integer',
      minimum,
      maximum: minimum + span,
    })),
    fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 2, max: 50 })).map(([low, span]) => ({
      type: 'number',
      exclusiveMinimum: low,
      exclusiveMaximum: low + span,
    })),
    tie('schema').map((items) => ({ type: 'array', items, minItems: 1, maxItems: 3 })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('schema'), { maxKeys: 4 }).map((properties) => ({
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    })),
  ),
})).schema;

describe('sampleOf', () => {
  it('satisfies the schema, the same way for the same seed', () => {
    fc.assert(
      fc.property(schemas, fc.string(), (schema, seed) => {
        const value = sampleOf(schema, seed);
        expect(sampleOf(schema, seed)).toEqual(value);
        const checked = z.fromJSONSchema(schema).safeParse(value);
        expect(checked.error?.issues ?? []).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('follows references and ends recursive schemas', () => {
    const tree = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
            next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
          },
          required: ['name', 'children', 'next'],
        },
      },
    };
    expect(sampleOf(tree, 'x')).toMatchObject({ name: expect.any(String), children: expect.any(Array) });
  });

  it("reads Gemini's upper-case types", () => {
    expect(sampleOf({ type: 'OBJECT', properties: { n: { type: 'INTEGER' } } }, 'x')).toEqual({
      n: expect.any(Number),
    });
  });
});
