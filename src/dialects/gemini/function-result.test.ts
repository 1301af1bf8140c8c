import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatResult, parseResult } from './function-result.ts';

describe('function results', () => {
  it.each([
    [{ output: 'x' }, 'x', false],
    [{ result: 3 }, '3', false],
    [{ error: 'no' }, 'no', true],
    [{ name: 'f', content: 'x' }, 'x', false],
    [{ name: 'g', content: 'x' }, '{"name":"g","content":"x"}', false],
    [{ output: 'x', more: 1 }, '{"output":"x","more":1}', false],
    [{}, '{}', false],
  ])('reads %j as %j', (response, text, isError) => {
    expect(parseResult(response, 'f')).toEqual({ text, isError });
  });

  it('keeps every text, of objects too', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (text, isError) => {
        expect(parseResult(formatResult(text, isError, 'f'), 'f')).toEqual({ text, isError });
      }),
    );
    expect(formatResult('{"celsius":18}', false, 'f')).toEqual({ celsius: 18 });
  });
});
