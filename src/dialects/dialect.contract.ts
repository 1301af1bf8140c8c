import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, answerOf, partsOf } from '../core/answer.ts';
import type { Message, Prompt } from '../core/content.ts';
import type { AnswerContext, Dialect, Framing, GenerateCodec, Route, StreamEvent } from '../core/dialect.ts';
import { CallError, ERROR_CODES, type ErrorCode, isCallError } from '../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Part } from '../core/part.ts';
import { answerArbitrary } from './answer-arbitrary.contract.ts';
import { anyObject, mutated } from './fuzz.contract.ts';
import { promptArbitrary } from './prompt-arbitrary.contract.ts';
import { frameSplitter } from './wire/frames.ts';

/** What a dialect tells the suite about itself. */
export interface DialectCase {
  readonly dialect: Dialect;
  readonly route: (stream: boolean) => Route;
  /** The body of a client that wants everything a stream can report. */
  readonly clientBody: JsonObject;
  /** What is left of a prompt after a trip through the dialect. All else must be warned of. */
  readonly carriedPrompt: (prompt: Prompt) => Prompt;
  /** What is left of a whole answer. */
  readonly carriedAnswer: (answer: Answer) => Answer;
  /** What is left of a streamed answer, where that is not the same. */
  readonly carriedStream?: (answer: Answer) => Answer;
  /** Real or realistic bodies, from which the fuzz starts. */
  readonly samples: {
    readonly requests: readonly JsonObject[];
    readonly responses: readonly JsonObject[];
    readonly streams: readonly (readonly StreamEvent[])[];
    readonly errors: readonly string[];
  };
}

const MODEL = 'some-model';
const RUNS = { numRuns: 80 };
const FUZZ = { numRuns: 300 };

/** Laws that every dialect keeps. */
export function dialectContract(dialectCase: DialectCase): void {
  const { dialect, route, carriedPrompt, carriedAnswer, samples } = dialectCase;
  const carriedStream = dialectCase.carriedStream ?? carriedAnswer;
  const { generate } = dialect;
  if (!generate) throw new Error(`${dialect.name} generates nothing`);
  const context: AnswerContext = {
    callId: '019ab5a0-0000-7000-8000-000000000000',
    requestedModel: MODEL,
    createdAt: 1_764_000_000_000,
    body: dialectCase.clientBody,
    framing: route(true).framing ?? 'sse',
  };

  describe(`${dialect.name} keeps the contract of dialects`, () => {
    it('reads every prompt back that it wrote, and warns of what it left out', () => {
      fc.assert(
        fc.property(promptArbitrary, fc.boolean(), (prompt, stream) => {
          const { body, warnings } = generate.formatRequest(prompt, MODEL, stream);
          const back = generate.parseRequest(overTheWire(body), route(stream));
          expect(normalPrompt(back)).toEqual(normalPrompt(carriedPrompt(prompt)));
          const isWhole = isDeepStrictEqual(normalPrompt(carriedPrompt(prompt)), normalPrompt(prompt));
          if (!isWhole) expect(warnings).not.toEqual([]);
          expect(new Set(warnings).size).toBe(warnings.length);
        }),
        RUNS,
      );
    });

    it('asks for the model and the stream that it was told', () => {
      fc.assert(
        fc.property(promptArbitrary, fc.boolean(), (prompt, stream) => {
          const { body } = generate.formatRequest(prompt, MODEL, stream);
          expect(
            dialect.identify({ ...overTheWire(body), ...dialect.modelFields(MODEL) }, route(stream)),
          ).toEqual({
            model: route(stream).model ?? MODEL,
            stream,
          });
        }),
        { numRuns: 20 },
      );
    });

    it('reads every whole answer back that it wrote', () => {
      fc.assert(
        fc.property(answerArbitrary, (answer) => {
          const body = overTheWire(generate.formatResponse(answer, context));
          expect(withoutIds(generate.parseResponse(body))).toEqual(withoutIds(carriedAnswer(answer)));
        }),
        RUNS,
      );
    });

    it('reads every streamed answer back that it wrote, from any pieces', () => {
      fc.assert(
        fc.property(answerArbitrary, fc.integer({ min: 1, max: 7 }), (answer, size) => {
          const parts = [...partsOf(answer)].flatMap((part) => inPieces(part, size));
          const read = readStream(generate, streamed(generate, parts, context));
          expect(withoutIds(answerOf(read))).toEqual(withoutIds(carriedStream(answer)));
          expect(read.at(-1)?.type).toBe('finish');
          expectWellNested(read);
        }),
        RUNS,
      );
    });

    it('meters a whole answer', () => {
      fc.assert(
        fc.property(answerArbitrary, (answer) => {
          const body = overTheWire(generate.formatResponse(answer, context));
          const metered = generate.meterResponse(body);
          expect(metered.find((part) => part.type === 'usage')?.usage).toEqual(
            carriedAnswer(answer).usage?.usage,
          );
          expect(metered.find((part) => part.type === 'finish')).toEqual(generate.parseResponse(body).finish);
        }),
        RUNS,
      );
    });

    it('meters a relayed stream, of which it sees the beginning and then the metered events alone', () => {
      const readMetered = (events: readonly StreamEvent[], seen: number): Part[] =>
        readStream(
          generate,
          events.filter(({ event, data }, index) => index < seen || generate.relay.isMetered(event, data)),
        );
      fc.assert(
        fc.property(answerArbitrary, fc.nat({ max: 12 }), (answer, seen) => {
          const read = readMetered(streamed(generate, partsOf(answer), context), seen);
          expect(answerOf(read).usage?.usage).toEqual(carriedStream(answer).usage?.usage);
          expect(read.at(-1)?.type).toBe('finish');
        }),
        RUNS,
      );
      for (const stream of samples.streams)
        for (let seen = 0; seen <= stream.length; seen++) {
          const { usage, finish } = answerOf(readMetered(stream, seen));
          const whole = answerOf(readStream(generate, stream));
          expect(usage?.usage).toEqual(whole.usage?.usage);
          expect(finish).toEqual(whole.finish);
        }
    });

    it('never takes a cut stream for a whole one', () => {
      fc.assert(
        fc.property(answerArbitrary, fc.nat(), (answer, cut) => {
          const events = streamed(generate, partsOf(answer), context);
          const kept = events.slice(0, cut % events.length);
          const read = outcome(() => readStream(generate, kept));
          if (isThrown(read)) throw read.thrown;
          if (isCallError(read)) expect(read.code).toBe('upstream_truncated');
          else
            expect(withoutIds({ ...answerOf(read), usage: null })).toEqual(
              withoutIds({ ...carriedStream(answer), usage: null }),
            );
        }),
        RUNS,
      );
      expect(() => generate.parseStream().end()).toThrow(
        expect.objectContaining({ code: 'upstream_truncated' }) as Error,
      );
    });

    it('takes frames without data for nothing', () => {
      expect(generate.parseStream().event({ event: null, data: '' })).toEqual([]);
    });

    it('tells an error within a stream so that it is read as one', () => {
      const error = new CallError('upstream_truncated', 'The provider broke off.');
      const formatter = generate.formatStream(context);
      const text =
        formatter.part({ type: 'text-start', id: 't' }) +
        formatter.part({ type: 'text-delta', id: 't', text: 'x' });
      const events = splitText(text + formatter.error(error), context.framing);
      expect(outcome(() => readStream(generate, events))).toMatchObject({
        message: expect.stringContaining('broke off'),
      });
      expect(
        events.some(({ event, data }) => data.includes('broke off') && generate.relay.isMetered(event, data)),
      ).toBe(true);
    });

    it('formats and reads every error', () => {
      for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
        const error = new CallError(code, `The ${code} case.`, { param: 'model' });
        const body = JSON.stringify(dialect.formatError(error));
        expect(body).toContain(`The ${code} case.`);
        expect(dialect.parseError(error.status, body).message).toContain(`The ${code} case.`);
      }
    });

    it('makes a CallError of anything a provider answers instead of an answer', () => {
      const errorBodies = samples.errors.flatMap(parsedObject);
      const body = fc.oneof(
        fc.string(),
        fc.json(),
        mutated(errorBodies).map((body) => JSON.stringify(body)),
      );
      fc.assert(
        fc.property(fc.integer({ min: 400, max: 599 }), body, (status, body) => {
          const error = dialect.parseError(status, body);
          expect(isCallError(error)).toBe(true);
          expect(error.message.length).toBeGreaterThan(0);
          expect(error.message.length).toBeLessThan(5000);
        }),
        FUZZ,
      );
    });

    it.each([
      ['request', samples.requests, (body: JsonObject) => generate.parseRequest(body, route(false))],
      ['whole answer', samples.responses, (body: JsonObject) => generate.parseResponse(body)],
      ['whole answer being metered', samples.responses, (body: JsonObject) => generate.meterResponse(body)],
      ['identity', samples.requests, (body: JsonObject) => dialect.identify(body, route(false))],
      ['attribution', samples.requests, (body: JsonObject) => dialect.attribution(body)],
      ['relayed stream request', samples.requests, (body: JsonObject) => generate.relay.edits(body)],
    ] as const)('reads any %s, or says in a CallError what is wrong with it', (_, bodies, read) => {
      fc.assert(
        fc.property(fc.oneof(anyObject, mutated(bodies), mutated(bodies)), (body) => {
          mustBeCallError(outcome(() => read(body)));
        }),
        FUZZ,
      );
    });

    it('writes any prompt that it could read, or says in a CallError what it cannot', () => {
      fc.assert(
        fc.property(mutated(samples.requests), (body) => {
          mustBeCallError(
            outcome(() => generate.formatRequest(generate.parseRequest(body, route(false)), MODEL, true)),
          );
        }),
        FUZZ,
      );
    });

    it('reads any stream, or says in a CallError what is wrong with it', () => {
      const events = fc.constantFrom(...samples.streams).chain((stream) => {
        return fc.tuple(
          ...stream.map((event) => {
            const same = fc.constant(event);
            const [body] = parsedObject(event.data);
            if (!body) return same;
            const other = fc
              .oneof(mutated([body]), anyObject)
              .map((data) => ({ ...event, data: JSON.stringify(data) }));
            return fc.oneof({ weight: 4, arbitrary: same }, { weight: 1, arbitrary: other });
          }),
        );
      });
      fc.assert(
        fc.property(events, (events) => mustBeCallError(outcome(() => readStream(generate, events)))),
        { numRuns: 100 },
      );
      expect(
        isCallError(outcome(() => generate.parseStream().event({ event: null, data: '{"half":' }))),
      ).toBe(true);
    });

    it('reads its samples', () => {
      for (const body of samples.requests) generate.parseRequest(body, route(false));
      for (const body of samples.responses) generate.parseResponse(body);
      for (const stream of samples.streams) expect(readStream(generate, stream).at(-1)?.type).toBe('finish');
    });
  });
}

function parsedObject(text: string): JsonObject[] {
  const value = outcome(() => JSON.parse(text) as Json);
  return isObject(value) && !isThrown(value) ? [value] : [];
}

interface Thrown {
  readonly thrown: unknown;
}

function isThrown(value: unknown): value is Thrown {
  return typeof value === 'object' && value !== null && 'thrown' in value;
}

/** What a call gives: its value, or the CallError, or any other thing it threw, wrapped. */
function outcome<T>(run: () => T): T | CallError | Thrown {
  try {
    return run();
  } catch (error) {
    return isCallError(error) ? error : { thrown: error };
  }
}

function mustBeCallError(value: unknown): void {
  if (isThrown(value)) throw value.thrown;
}

function overTheWire(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(body)) as JsonObject;
}

export function splitText(text: string, framing: Framing): StreamEvent[] {
  const splitter = frameSplitter(framing);
  const frames = [...splitter.push(Buffer.from(text)), ...splitter.end()];
  return frames.filter((frame) => frame.data !== '').map(({ event, data }) => ({ event, data }));
}

function streamed(codec: GenerateCodec, parts: Iterable<Part>, context: AnswerContext): StreamEvent[] {
  const formatter = codec.formatStream(context);
  let text = '';
  for (const part of parts) text += formatter.part(part);
  return splitText(text + formatter.end(), context.framing);
}

export function readStream(codec: GenerateCodec, events: readonly StreamEvent[]): Part[] {
  const parser = codec.parseStream();
  return [...events.flatMap((event) => parser.event(event)), ...parser.end()];
}

/** Deltas in pieces of at most `size` characters, as a stream brings them. */
function inPieces(part: Part, size: number): Part[] {
  const pieces = (text: string): string[] =>
    Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
  if (part.type === 'text-delta' || part.type === 'reasoning-delta')
    return pieces(part.text).map((text) => ({ ...part, text }));
  if (part.type === 'tool-call-delta')
    return pieces(part.arguments).map((text) => ({ ...part, arguments: text }));
  return [part];
}

/** Ids of blocks are the dialect's own; those of tool calls are the model's, but not every dialect has them. */
function withoutIds(answer: Answer): unknown {
  const content = answer.content.map((block) =>
    block.type === 'tool-call' ? { ...block, id: 'any' } : block,
  );
  return JSON.parse(JSON.stringify({ ...answer, content }));
}

function expectWellNested(parts: readonly Part[]): void {
  let open: string | null = null;
  for (const part of parts) {
    if (part.type.endsWith('-start') && 'id' in part) {
      expect(open).toBeNull();
      open = part.id;
    } else if (part.type.endsWith('-delta') && 'id' in part) expect(part.id).toBe(open);
    else if (part.type.endsWith('-end') && 'id' in part) {
      expect(part.id).toBe(open);
      open = null;
    }
  }
  expect(open).toBeNull();
}

/** Prompts that mean the same: neighbours of one role are one message, and fields that say nothing are absent. */
function normalPrompt(prompt: Prompt): unknown {
  const messages: Message[] = [];
  for (const message of prompt.messages) {
    const last = messages.at(-1);
    if (last?.role === message.role)
      messages[messages.length - 1] = { ...last, content: [...last.content, ...message.content] } as Message;
    else messages.push(message);
  }
  const { parallelToolCalls, toolChoice, ...rest } = prompt;
  const { visible, ...thinking } = rest.reasoning ?? {};
  const reasoning = visible ? { ...thinking, visible } : thinking;
  return JSON.parse(
    JSON.stringify({
      ...rest,
      messages,
      reasoning: Object.keys(reasoning).length > 0 ? reasoning : undefined,
      ...(parallelToolCalls === false && { parallelToolCalls }),
      ...(toolChoice?.kind !== 'auto' && { toolChoice }),
    }),
  );
}
