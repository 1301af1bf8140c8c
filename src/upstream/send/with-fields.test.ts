import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { withFields } from './with-fields.ts';

function set(text: string, fields: JsonObject): string {
  const parsed = JSON.parse(text) as JsonObject;
  return Buffer.from(withFields(Buffer.from(text), parsed, fields)).toString();
}

describe('withFields', () => {
  it('keeps the bytes themselves when nothing changes', () => {
    const bytes = Buffer.from('{"model":"a"}');
    expect(withFields(bytes, { model: 'a' }, { model: 'a' })).toBe(bytes);
    expect(withFields(bytes, { model: 'a' }, {})).toBe(bytes);
  });

  it('adds at the end and replaces in place', () => {
    expect(set('{ "model" : "a" , "x": [1] }\n', { stream: true })).toBe(
      '{ "model" : "a" , "x": [1] ,"stream":true}\n',
    );
    expect(set('{ "model" : "a" , "x": [1] }\n', { model: 'b' })).toBe('{ "model" : "b" , "x": [1] }\n');
    expect(set('{"model":"a}"}', { model: 'b', stream: true })).toBe('{"model":"b","stream":true}');
  });

  it('means the same as setting the fields, for any body', () => {
    const body = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, noNullPrototype: true });
    const fields = fc.dictionary(fc.constantFrom('model', 'stream', 'a'), fc.jsonValue(), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(body, fields, fc.constantFrom(undefined, 2), (object, changes, space) => {
        // As JSON.parse would have it: no -0, no own __proto__.
        const text = JSON.stringify(object, null, space);
        const wanted: unknown = JSON.parse(JSON.stringify(changes));
        const result = set(text, wanted as JsonObject);
        expect(JSON.parse(result)).toEqual({ ...(JSON.parse(text) as object), ...(wanted as object) });
      }),
    );
  });
});
