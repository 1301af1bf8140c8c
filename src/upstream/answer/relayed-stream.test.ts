import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, partsOf } from '../../core/answer.ts';
import type { Dialect, GenerateCodec, StreamEvent } from '../../core/dialect.ts';
import { isCallError } from '../../core/errors.ts';
import type { FinishPart, Part } from '../../core/part.ts';
import { answerArbitrary } from '../../dialects/answer-arbitrary.contract.ts';
import { DIALECTS } from '../../dialects/index.ts';
import { frameSplitter } from '../../dialects/wire/frames.ts';
import { relayedStream } from './relayed-stream.ts';

/** The answer as a provider of this dialect streams it. */
function streamOf(codec: GenerateCodec, answer: Answer): Buffer {
  const formatter = codec.formatStream({
    callId: '01900000-0000-7000-8000-000000000000',
    requestedModel: 'model-1',
    createdAt: 1_800_000_000_000,
    body: { stream: true, stream_options: { include_usage: true } },
    framing: 'sse',
  });
  const parts: Part[] = [
    { type: 'head', status: 200, headers: {}, target: { provider: 'p', model: 'm' }, warnings: [] },
    ...partsOf(answer),
  ];
  return Buffer.from(parts.map((part) => formatter.part(part)).join('') + formatter.end());
}

/** What parsing every event finds. */
function parsed(codec: GenerateCodec, frames: readonly StreamEvent[]): readonly Part[] {
  const parser = codec.parseStream();
  return [
    ...frames.filter(({ data }) => data !== '').flatMap((frame) => parser.event(frame)),
    ...parser.end(),
  ];
}

interface Relayed {
  readonly wire: Buffer;
  readonly parts: readonly Part[];
  readonly finish: FinishPart | null;
  readonly error: unknown;
}

function relay(codec: GenerateCodec, chunks: readonly Buffer[], edited: boolean, ticks = () => 0): Relayed {
  const parts: Part[] = [];
  const wire: Uint8Array[] = [];
  const sink = {
    push: (part: Part) => void parts.push(part),
    pushWire: (more: Uint8Array[]) => void wire.push(...more),
  };
  const reader = relayedStream('provider', codec, 'sse', edited, sink, ticks);
  let finish: FinishPart | null = null;
  let error: unknown = null;
  try {
    for (const chunk of chunks) reader.data(chunk);
    finish = reader.end();
  } catch (thrown) {
    error = thrown;
  }
  return { wire: Buffer.concat(wire), parts, finish, error };
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [...new Set(at.map((point) => point % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...points].map((from, index) => bytes.subarray(from, points[index] ?? bytes.length));
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });
const generating = DIALECTS.flatMap((dialect: Dialect) =>
  dialect.generate ? [[dialect.name, dialect.generate] as const] : [],
);

describe.each(generating)('a relayed stream of %s', (_name, codec) => {
  it('is the same bytes and the same metering, however it is cut', () => {
    fc.assert(
      fc.property(answerArbitrary, cuts, fc.boolean(), (answer, at, edited) => {
        const bytes = streamOf(codec, answer);
        const frames = frameSplitter('sse').push(bytes);
        const all = parsed(codec, frames);
        const { wire, parts, finish, error } = relay(codec, cut(bytes, at), edited);
        const kept = edited ? frames.filter(({ data }) => !codec.relay.isOurs(data)) : frames;
        expect(error).toBeNull();
        expect(wire.toString()).toBe(Buffer.concat(kept.map(({ raw }) => raw)).toString());
        expect(parts.findLast(({ type }) => type === 'usage')).toEqual(
          all.findLast(({ type }) => type === 'usage'),
        );
        expect(finish?.reason).toBe(all.find((part) => part.type === 'finish')?.reason);
      }),
      { numRuns: 60 },
    );
  });

  it('that ends early shows no more than came, and never ends well without its finish', () => {
    fc.assert(
      fc.property(answerArbitrary, cuts, fc.nat(), (answer, at, end) => {
        const bytes = streamOf(codec, answer);
        const came = bytes.subarray(0, end % bytes.length);
        const { wire, finish, error } = relay(codec, cut(came, at), false);
        expect(came.toString().startsWith(wire.toString())).toBe(true);
        if (finish) {
          const all = parsed(codec, [...frameSplitter('sse').push(came)].concat(endOf(came)));
          expect(all.some(({ type }) => type === 'finish')).toBe(true);
        } else expect(isCallError(error)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

/** An event that only lacks its blank line counts. */
function endOf(bytes: Buffer) {
  const splitter = frameSplitter('sse');
  splitter.push(bytes);
  return splitter.end();
}

describe('the opening of a relayed stream', () => {
  const codec = DIALECTS.find(({ name }) => name === 'anthropic')?.generate as GenerateCodec;
  const event = (data: { type: string }): Buffer =>
    Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  const start = event({
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [],
      usage: { input_tokens: 5, output_tokens: 1 },
    },
  } as { type: string });
  const ping = event({ type: 'ping' });

  it('is kept back while there is no token, but its usage is told', () => {
    const { wire, parts, error } = relay(codec, [start, ping], false);
    expect(wire.length).toBe(0);
    expect(parts).toMatchObject([{ type: 'usage', usage: { input: 5 } }]);
    expect(error).toMatchObject({ code: 'upstream_truncated' });
  });

  it('is passed on after ten seconds all the same, so that nobody takes the connection for dead', () => {
    let now = 0;
    const ticks = (): number => now++ * 6000;
    const { wire } = relay(codec, [start, ping, ping], false, ticks);
    expect(wire.toString()).toBe(Buffer.concat([start, ping, ping]).toString());
  });
});
