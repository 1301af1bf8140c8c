import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../core/answer.ts';
import type { Prompt } from '../../../core/content.ts';
import type { FinishReason } from '../../../core/part.ts';
import { NO_ROUTE } from '../../../core/plan/route.ts';
import { objection } from './confidence.ts';
import { misfit } from './misfit.ts';

const RULES = NO_ROUTE.cascade;
const PLAIN: Prompt = { messages: [], tools: [], sampling: {}, format: { kind: 'text' }, extras: {} };
const said = (text: string, reason: FinishReason = 'stop'): Answer => ({
  content: [{ type: 'text', text }],
  usage: null,
  finish: { type: 'finish', reason },
});

describe('the rules of a cascade', () => {
  it.each([
    "I'm sorry, but I cannot help with that.",
    'I am unable to answer this.',
    "I don't know.",
    'As an AI language model, I have no opinions.',
    'Sorry, but I have no data.',
    '申し訳ありませんが、お答えできません。',
    'Unfortunately, I lack the context.',
  ])('reject a refusal: %s', (text) => {
    expect(objection(said(text), PLAIN, RULES)).toBe('it refuses');
    expect(objection(said(text), PLAIN, { ...RULES, refusal: false })).toBeNull();
  });

  it.each(['The sky is blue.', 'I can help with that: first …', 'Sorry states are states too.', 'I know.'])(
    'take an answer: %s',
    (text) => {
      expect(objection(said(text), PLAIN, RULES)).toBeNull();
    },
  );

  it('reject what is empty, cut off, withheld or too short', () => {
    expect(objection(said(' \n'), PLAIN, RULES)).toBe('it is empty');
    expect(objection(said('The sky', 'length'), PLAIN, RULES)).toContain('cut off');
    expect(objection(said('The sky', 'content-filter'), PLAIN, RULES)).toContain('filter');
    expect(objection(said('Blue.'), PLAIN, { ...RULES, minChars: 20 })).toBe(
      'it has 5 characters, of at least 20',
    );
  });

  it('look into calls of tools', () => {
    const calling = (argument: string): Answer => ({
      ...said(''),
      content: [{ type: 'tool-call', id: '1', name: 'search', arguments: argument }],
    });
    expect(objection(calling('{"q": 1}'), PLAIN, RULES)).toBeNull();
    expect(objection(calling('{"q": '), PLAIN, RULES)).toContain('search');
  });

  it('read JSON that was asked for', () => {
    const json: Prompt = { ...PLAIN, format: { kind: 'json' } };
    expect(objection(said('{"a": 1}'), json, RULES)).toBeNull();
    expect(objection(said('Here it is: {"a": 1}'), json, RULES)).toBe('it is no JSON');
  });
});

describe('misfit', () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { type: ['integer', 'null'] },
      tags: { type: 'array', items: { enum: ['a', 'b'] } },
      size: { anyOf: [{ type: 'number' }, { const: 'any' }] },
    },
    required: ['name'],
    additionalProperties: false,
  };

  it.each([
    [{ name: 'x', age: null, tags: ['a'], size: 'any' }, null],
    [{}, '$.name is missing'],
    [{ name: 1 }, '$.name is not of type string'],
    [{ name: 'x', age: 1.5 }, '$.age is not of type integer or null'],
    [{ name: 'x', tags: ['a', 'c'] }, '$.tags[1] is none of its values'],
    [{ name: 'x', size: 'some' }, '$.size fits none of its forms'],
    [{ name: 'x', more: 1 }, '$.more is not in the schema'],
    [[], '$ is not of type object'],
  ])('says where %j does not fit', (value, where) => {
    expect(misfit(value, schema)).toBe(where);
  });

  it('never throws, whatever schema and value are', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (value, odd) => void misfit(value, odd as never)));
  });
});
