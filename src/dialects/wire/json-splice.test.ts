import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { setTopLevel } from './json-splice.ts';

const splice = (text: string, fields: JsonObject): string =>
  setTopLevel(Buffer.from(text), fields).toString();

const key = fc.oneof(fc.constantFrom('model', 'stream', 'a"b', 'a\\', '__proto__'), fc.string());
const object = fc.dictionary(key, fc.jsonValue());

describe('setTopLevel', () => {
  it('parses to the old object with the new fields', () => {
    fc.assert(
      fc.property(object, object, fc.constantFrom(0, 1, '\t'), (old, fields, indent) => {
        const parsed: unknown = JSON.parse(splice(JSON.stringify(old, null, indent), fields));
        const expected = JSON.stringify({ ...old, ...fields });
        expect(parsed).toEqual(JSON.parse(expected));
      }),
    );
  });

  it('keeps every byte when it sets a field to what it is', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(0, 3, '\t'), (old, indent) => {
        const text = JSON.stringify({ ...old, model: 'm' }, null, indent);
        expect(splice(text, { model: 'm' })).toBe(text);
        expect(splice(text, {})).toBe(text);
      }),
    );
  });

  it.each([
    ['{}', '{"model":"new"}'],
    [' { } ', ' { "model":"new"} '],
    ['{"a":1.0,"b":1e400,"c":-0.10}', '{"a":1.0,"b":1e400,"c":-0.10,"model":"new"}'],
    ['{"model" : "old" ,\n"a":[{"model":"inner"}]}', '{"model" : "new" ,\n"a":[{"model":"inner"}]}'],
    ['{"mod\\u0065l":"old"}', '{"mod\\u0065l":"new"}'],
    ['{"model":"a","model":{"x":"}"}, "model":null}', '{"model":"new","model":"new", "model":"new"}'],
    ['{"a":"{\\"model\\":\\"x\\"}","b":"\\\\"}', '{"a":"{\\"model\\":\\"x\\"}","b":"\\\\","model":"new"}'],
    ['{"a":"é🦜","model":true}', '{"a":"é🦜","model":"new"}'],
  ])('turns %s into %s', (before, after) => {
    expect(splice(before, { model: 'new' })).toBe(after);
  });

  it('writes nested values and leaves undefined ones out', () => {
    expect(splice('{"a":1}', { stream_options: { include_usage: true }, a: undefined })).toBe(
      '{"a":1,"stream_options":{"include_usage":true}}',
    );
  });

  it('ends with a CallError and never hangs on bytes that are no object', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((text) => `{"a":${text.slice(0, -1)}`),
        ),
        (text) => {
          try {
            splice(text, { model: 'm' });
          } catch (error) {
            if (!isCallError(error)) throw error;
            expect(error.code).toBe('invalid_request');
          }
        },
      ),
    );
  });

  it('takes linear time on a large body with many escapes', () => {
    const text = JSON.stringify({
      a: '\\"'.repeat(500_000),
      b: Array.from({ length: 50_000 }, () => ({ c: '"' })),
    });
    const started = performance.now();
    splice(text, { model: 'm' });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
