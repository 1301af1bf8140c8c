import { describe, expect, it } from 'vitest';
import { isCallError } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import { Fields } from './fields.ts';

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (isCallError(error)) return { code: error.code, param: error.param, message: error.message };
  }
  return null;
}

describe('Fields', () => {
  it('names the path of a wrong field', () => {
    const body = new Fields({ messages: [{ content: [{ type: 'text' }, { type: 3 }] }] });
    expect(failure(() => body.items('messages')[0]?.items('content')[1]?.string('type'))).toEqual({
      code: 'invalid_request',
      param: 'messages[0].content[1].type',
      message: 'messages[0].content[1].type must be a string.',
    });
    expect(failure(() => body.object('text'))).toEqual({
      code: 'invalid_request',
      param: 'text',
      message: 'text is missing; it must be an object.',
    });
    expect(failure(() => new Fields({ stop: ['a', 1] }).optionalStrings('stop'))).toMatchObject({
      param: 'stop[1]',
    });
  });

  it('blames the provider for its own answer', () => {
    expect(failure(() => new Fields({ id: 1 }, '', 'provider').string('id'))).toMatchObject({
      code: 'upstream_garbage',
      param: undefined,
    });
  });

  it('takes null for absent', () => {
    const fields = new Fields({ a: null });
    expect(fields.optionalNumber('a')).toBeUndefined();
    expect(fields.items('a')).toEqual([]);
  });

  it.each([
    ['optionalNumber', Number.POSITIVE_INFINITY],
    ['optionalInteger', 1.5],
    ['optionalBoolean', 'true'],
    ['optionalJsonObject', []],
    ['optionalArray', {}],
    ['optionalString', 1],
  ] as const)('%s refuses %s', (method, value: Json) => {
    expect(failure(() => new Fields({ a: value })[method]('a'))).toMatchObject({ param: 'a' });
  });

  it('tells what was not read', () => {
    const fields = new Fields(
      JSON.parse('{"a":1,"b":2,"c":null,"__proto__":3}') as { [key: string]: Json },
      'tools[1]',
    );
    fields.json('a');
    expect(Object.entries(fields.rest())).toEqual([
      ['tools[1].b', 2],
      ['tools[1].__proto__', 3],
    ]);
  });

  it('does not see what objects inherit', () => {
    expect(new Fields({}).json('constructor')).toBeUndefined();
  });
});
