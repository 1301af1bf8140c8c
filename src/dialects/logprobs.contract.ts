import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, answerOf, partsOf } from '../core/answer.ts';
import type { AnswerContext, Dialect, Route } from '../core/dialect.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { NamedLogprob, TokenLogprob } from '../core/logprobs.ts';
import type { Prompt } from '../core/content.ts';
import { oddValue } from './fuzz.contract.ts';
import { frameSplitter } from './wire/frames.ts';

/** What a dialect that tells how likely tokens are says about itself. */
export interface LogprobsCase {
  readonly dialect: Dialect;
  readonly route: (stream: boolean) => Route;
  /** The body of a client that wants to know. */
  readonly asking: JsonObject;
  /** The field of an answer, or of a stream's event, in which the tokens stand, wherever it is. */
  readonly field: string;
}

const PROMPT: Prompt = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  tools: [],
  sampling: {},
  format: { kind: 'text' },
  extras: {},
};
const CONTEXT = {
  callId: '019ab5a0-0000-7000-8000-000000000000',
  requestedModel: 'm',
  createdAt: 1_764_000_000_000,
};

const logprob = fc.double({ min: -50, max: 0, noNaN: true }).filter((value) => !Object.is(value, -0));
const named = (token: string): fc.Arbitrary<NamedLogprob> =>
  logprob.map((value) => ({ token, logprob: value }));
const other = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).chain(named);

/** A text with its tokens, some of which may be empty. */
const measured: fc.Arbitrary<Answer> = fc
  .array(
    fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 5 }).chain(named), fc.array(other, { maxLength: 2 }))
      .map(([token, top]): TokenLogprob => ({ ...token, top })),
    { minLength: 1, maxLength: 8 },
  )
  .filter((tokens) => tokens.some(({ token }) => token !== ''))
  .map((tokens) => ({
    content: [{ type: 'text', text: tokens.map(({ token }) => token).join('') }],
    usage: null,
    finish: { type: 'finish', reason: 'stop' },
    logprobs: { tokens },
  }));

/** Laws of dialects in which the likelihood of tokens can be asked for and told. */
export function logprobsContract({ dialect, route, asking, field }: LogprobsCase): void {
  const { generate } = dialect;
  if (!generate) throw new Error(`${dialect.name} generates nothing`);
  const context = (body: JsonObject): AnswerContext => ({
    ...CONTEXT,
    body,
    framing: route(true).framing ?? 'sse',
  });
  const whole = (answer: Answer, body: JsonObject): JsonObject =>
    overTheWire(generate.formatResponse(answer, context(body)));
  const events = (answer: Answer, body: JsonObject) => {
    const formatter = generate.formatStream(context(body));
    const text = [...partsOf(answer)].map((part) => formatter.part(part)).join('') + formatter.end();
    const splitter = frameSplitter(context(body).framing);
    return [...splitter.push(Buffer.from(text)), ...splitter.end()];
  };
  const read = (list: ReturnType<typeof events>): Answer => {
    const parser = generate.parseStream();
    return answerOf([...list.flatMap((event) => parser.event(event)), ...parser.end()]);
  };

  describe(`${dialect.name} tells how likely tokens are`, () => {
    it('asks for it, and knows when it is asked', () => {
      for (const top of [0, 5]) {
        const { body, warnings } = generate.formatRequest({ ...PROMPT, logprobs: { top } }, 'm', true);
        expect(warnings).toEqual([]);
        expect(generate.parseRequest(overTheWire(body), route(true)).logprobs).toEqual({ top });
      }
      const { body } = generate.formatRequest(PROMPT, 'm', true);
      expect(generate.parseRequest(overTheWire(body), route(true))).not.toHaveProperty('logprobs');
    });

    it('reads back what it wrote, whole and streamed, and tells nobody who did not ask', () => {
      fc.assert(
        fc.property(measured, (answer) => {
          const told = { content: answer.content, logprobs: answer.logprobs };
          const silent = { content: answer.content, logprobs: undefined };
          expect(shown(generate.parseResponse(whole(answer, asking)))).toEqual(told);
          expect(shown(read(events(answer, asking)))).toEqual(told);
          expect(shown(generate.parseResponse(whole(answer, {})))).toEqual(silent);
          expect(shown(read(events(answer, {})))).toEqual(silent);
        }),
        { numRuns: 60 },
      );
    });

    it('reads the answer whatever stands in the place of its tokens', () => {
      fc.assert(
        fc.property(measured, oddValue, fc.nat(), (answer, odd, at) => {
          const body = replaced(whole(answer, asking), field, odd, at) as JsonObject;
          const spoilt = events(answer, asking).map((event) =>
            event.data.startsWith('{')
              ? { ...event, data: JSON.stringify(replaced(JSON.parse(event.data) as Json, field, odd, at)) }
              : event,
          );
          for (const { content, finish, logprobs } of [generate.parseResponse(body), read(spoilt)]) {
            expect(content).toEqual(answer.content);
            expect(finish).toEqual(answer.finish);
            for (const token of logprobs?.tokens ?? []) {
              expect(typeof token.token).toBe('string');
              expect(Number.isFinite(token.logprob)).toBe(true);
            }
          }
        }),
        { numRuns: 150 },
      );
    });
  });
}

function shown({ content, logprobs }: Answer): Pick<Answer, 'content'> & { logprobs: Answer['logprobs'] } {
  return { content, logprobs };
}

function overTheWire(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(body)) as JsonObject;
}

/** A copy in which one node within each field of that name, or the field itself, is something else. */
function replaced(value: Json, field: string, odd: Json, at: number): Json {
  if (Array.isArray(value)) return value.map((item: Json) => replaced(item, field, odd, at));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner = null]) => [
      name,
      name === field
        ? spoilt(inner, odd, { left: at % (1 + nodes(inner)) })
        : replaced(inner, field, odd, at),
    ]),
  );
}

function nodes(value: Json): number {
  const inner = Array.isArray(value)
    ? (value as readonly Json[])
    : isObject(value)
      ? Object.values(value)
      : [];
  return inner.reduce<number>((sum, item) => sum + nodes(item ?? null), 1);
}

function spoilt(value: Json, odd: Json, count: { left: number }): Json {
  if (count.left-- === 0) return odd;
  if (Array.isArray(value)) return value.map((item: Json) => spoilt(item, odd, count));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item = null]) => [name, spoilt(item, odd, count)]),
  );
}
