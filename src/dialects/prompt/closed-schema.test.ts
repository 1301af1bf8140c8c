import { describe, expect, it } from 'vitest';
import { isClosedSchema } from './closed-schema.ts';

const closed = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
};

describe('isClosedSchema', () => {
  it.each([
    [closed, true],
    [{ type: 'array', items: closed }, true],
    [{ anyOf: [closed, { type: 'null' }], $defs: { x: closed } }, true],
    [{ type: 'string', enum: ['additionalProperties'] }, true],
    [{ ...closed, additionalProperties: true }, false],
    [{ ...closed, required: [] }, false],
    [{ type: 'object' }, false],
    [{ ...closed, properties: { a: { type: 'object' } } }, false],
    [{ anyOf: [closed, { type: 'object', properties: {} }] }, false],
  ])('%j: %s', (schema, expected) => {
    expect(isClosedSchema(schema)).toBe(expected);
  });
});
