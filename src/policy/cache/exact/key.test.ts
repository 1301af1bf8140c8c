import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../core/call.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import { NO_LEVERS } from '../../../core/plan.ts';
import { callFor } from '../../policy.contract.ts';
import { canonical, holdsRounded } from './canonical.ts';
import { answerForm, answerKey } from './key.ts';

/** Without the numbers that JavaScript rounds, for which the text of the body counts. */
const json = (): fc.Arbitrary<Json> =>
  (fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>).filter((value) => !holdsRounded(value));
const body = (): fc.Arbitrary<JsonObject> =>
  fc.record({
    messages: fc.array(fc.record({ role: fc.constant('user'), content: fc.string() }), { maxLength: 3 }),
    temperature: fc.constantFrom(0, 0.5, 1),
    tools: fc.array(json(), { maxLength: 2 }),
    system: fc.string(),
    unknown_field: json(),
  });

function keyOf(asked: JsonObject, change: Partial<Call> = {}, headers: Record<string, string> = {}): string {
  const wire = {
    method: 'POST',
    url: '/v1/chat/completions',
    headers,
    body: Buffer.from(JSON.stringify(asked)),
  };
  return answerKey(callFor('gpt-4o', { body: asked, wire, ...change }), 'tenant');
}

/** The same value with the keys of all objects the other way round. */
function reordered(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((each: Json) => reordered(each) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  const turned = Object.create(null) as Record<string, Json | undefined>;
  for (const [name, field] of Object.entries(value as JsonObject).reverse()) turned[name] = reordered(field);
  return turned;
}

/** As JSON means it: -0 is 0. */
const meaning = (value: unknown): string => JSON.stringify(sorted(JSON.parse(JSON.stringify(value)) as Json));

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((each: Json) => sorted(each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  // As pairs, since objects put keys that look like numbers first.
  return ['object', ...entries.map(([name, field]) => [name, sorted(field ?? null)])];
}

describe('the key of an answer', () => {
  it('is the same however the keys of the JSON are ordered', () => {
    fc.assert(
      fc.property(body(), (asked) => {
        expect(keyOf(reordered(asked) as JsonObject)).toBe(keyOf(asked));
      }),
    );
  });

  it('differs where the meaning differs', () => {
    fc.assert(
      fc.property(json(), json(), (a, b) => {
        expect(canonical(a) === canonical(b)).toBe(meaning(a) === meaning(b));
      }),
    );
    fc.assert(
      fc.property(body(), body(), (a, b) => {
        expect(keyOf(a) === keyOf(b)).toBe(meaning(a) === meaning(b));
      }),
    );
  });

  it('differs where one value anywhere in the body is replaced', () => {
    fc.assert(
      fc.property(body(), fc.nat(), fc.string(), (asked, choice, text) => {
        const places = leaves(asked);
        const place = places[choice % Math.max(1, places.length)];
        fc.pre(place !== undefined && place.value !== text);
        expect(keyOf(place.replaced(text) as JsonObject)).not.toBe(keyOf(asked));
      }),
    );
  });

  it('does not depend on who asks and how the answer is delivered', () => {
    const asked = { messages: [{ role: 'user', content: 'Hi' }] };
    const delivered = {
      stream: true,
      stream_options: { include_usage: true },
      user: 'kim',
      metadata: { a: 'b' },
    };
    const headers = { 'user-agent': 'x', 'x-illm-tags': 'a=b', 'x-illm-user': 'kim', traceparent: '00-1' };
    expect(keyOf({ ...asked, ...delivered }, { stream: true }, headers)).toBe(keyOf(asked));
  });

  it.each<[string, JsonObject, Partial<Call>, Record<string, string>]>([
    ['the name asked for', {}, { requestedModel: 'gpt-4o-mini' }, {}],
    ['the dialect', {}, { dialect: 'anthropic' }, {}],
    ['the operation', {}, { operation: 'embed' }, {}],
    ['who may answer', {}, { candidates: [{ provider: 'openai', model: 'gpt-4o' }] }, {}],
    ['a header that the provider reads', {}, {}, { 'anthropic-beta': 'context-1m' }],
    ['a header that steers the levers', {}, {}, { 'x-illm-min-quality': '0.9' }],
    ['a field that nobody knows', { new_field: 1 }, {}, {}],
    [
      'the settings of other levers',
      {},
      { plan: { ...NO_LEVERS, compress: { ...NO_LEVERS.compress, enabled: true } } },
      {},
    ],
  ])('differs by %s', (_, fields, change, headers) => {
    const asked = { messages: [] };
    expect(keyOf({ ...asked, ...fields }, change, headers)).not.toBe(keyOf(asked));
  });

  it('differs by tenant, and by what stages have made of the prompt', () => {
    const call = callFor('gpt-4o', { body: {} });
    expect(answerKey(call, 'a')).not.toBe(answerKey(call, 'b'));
    const rewritten = (text: string): string =>
      answerKey(
        {
          ...call,
          rewritten: true,
          prompt: () => ({
            messages: [{ role: 'user', content: [{ type: 'text', text }] }],
            tools: [],
            sampling: {},
            format: { kind: 'text' },
            extras: {},
          }),
        },
        'a',
      );
    expect(rewritten('one')).not.toBe(rewritten('two'));
  });

  it('tells integers apart that JavaScript rounds to the same', () => {
    const key = (seed: string): string => {
      const text = `{"seed":${seed}}`;
      const asked = JSON.parse(text) as JsonObject;
      return answerKey(
        callFor('m', {
          body: asked,
          wire: { method: 'POST', url: '/', headers: {}, body: Buffer.from(text) },
        }),
        't',
      );
    };
    expect(key('9007199254740993')).not.toBe(key('9007199254740992'));
  });
});

describe('the form of an answer', () => {
  it('tells streams with and without usage apart, and framings', () => {
    const form = (change: Partial<Call>): string => answerForm(callFor('m', change));
    const wire = callFor('m').wire;
    const forms = [
      form({ stream: false }),
      form({ stream: true }),
      form({ stream: true, body: { stream_options: { include_usage: true } } }),
      form({ stream: true, wire: { ...wire, url: '/v1beta/models/m:streamGenerateContent?alt=sse' } }),
      form({ typed: true }),
      form({ stream: false, dialect: 'gemini' }),
    ];
    expect(new Set(forms).size).toBe(forms.length);
  });
});

interface Leaf {
  readonly value: Json;
  readonly replaced: (by: Json) => Json;
}

function leaves(value: Json): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ value, replaced: (by) => by }];
  if (Array.isArray(value))
    return (value as readonly Json[]).flatMap((each, index) =>
      leaves(each).map((leaf) => ({
        ...leaf,
        replaced: (by: Json): Json =>
          (value as readonly Json[]).map((other, at) => (at === index ? leaf.replaced(by) : other)),
      })),
    );
  const fields = value as JsonObject;
  return Object.keys(fields).flatMap((name) =>
    leaves(fields[name] ?? null).map((leaf) => ({
      ...leaf,
      // Not by assignment, which takes "__proto__" for something else.
      replaced: (by: Json): Json =>
        Object.fromEntries(
          Object.entries(fields).map(([other, field]): [string, Json | undefined] => [
            other,
            other === name ? leaf.replaced(by) : field,
          ]),
        ),
    })),
  );
}
