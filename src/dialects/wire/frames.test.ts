import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Framing } from '../../core/dialect.ts';
import { isCallError } from '../../core/errors.ts';
import { formatSse, type Frame, frameSplitter } from './frames.ts';

function split(framing: Framing, chunks: readonly Uint8Array[], maxBytes?: number): Frame[] {
  const splitter = frameSplitter(framing, maxBytes);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

/** The bytes cut at every place of `cuts`. */
function chunked(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

function plain(frames: readonly Frame[]): { event: string | null; data: string; raw: string }[] {
  return frames.map(({ event, data, raw }) => ({ event, data, raw: Buffer.from(raw).toString('latin1') }));
}

const cuts = fc.array(fc.nat({ max: 4000 }), { maxLength: 40 });
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const line = fc.oneof(
  fc.constantFrom(
    '',
    'data',
    'data:',
    'data: {"a":1}',
    'data:x',
    'event: ping',
    'event',
    'id: 3',
    ': hi',
    '\ufeff',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const sseText = fc
  .array(fc.tuple(line, lineEnd), { maxLength: 30 })
  .map((lines) => lines.map(([text, end]) => text + end).join(''));
const arrayText = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.dictionary(fc.string({ maxLength: 6 }), fc.json({ maxDepth: 2 }), { maxKeys: 3 }),
        fc.constantFrom('', '\n', ' \r\n'),
      ),
      { maxLength: 4 },
    ),
    fc.boolean(),
  )
  .map(
    ([items, closed]) =>
      `[${items.map(([item, space]) => space + JSON.stringify(item) + space).join(',')}${closed ? ']\n' : ''}`,
  );

describe('frames', () => {
  for (const [framing, text] of [
    ['sse', sseText],
    ['json-array', arrayText],
  ] as const) {
    it(`${framing}: chunk boundaries do not matter and the raw bytes add up to the input`, () => {
      fc.assert(
        fc.property(text, cuts, (text, cuts) => {
          const bytes = Buffer.from(text);
          const whole = split(framing, [bytes]);
          expect(Buffer.concat(whole.map((frame) => frame.raw)).equals(bytes)).toBe(true);
          expect(plain(split(framing, chunked(bytes, cuts)))).toEqual(plain(whole));
          expect(
            plain(
              split(
                framing,
                [...bytes].map((byte) => Uint8Array.of(byte)),
              ),
            ),
          ).toEqual(plain(whole));
        }),
      );
    });

    it(`${framing}: any bytes give frames or upstream_garbage`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, cuts) => {
          try {
            const frames = split(framing, chunked(bytes, cuts));
            expect(Buffer.concat(frames.map((frame) => frame.raw)).equals(bytes)).toBe(true);
          } catch (error) {
            if (!isCallError(error)) throw error;
            expect(error.code).toBe('upstream_garbage');
          }
        }),
      );
    });

    it(`${framing}: refuses an event past the bound, in one chunk or many, and takes many small ones`, () => {
      const long = Buffer.from(
        framing === 'sse' ? `data: ${'x'.repeat(999)}\n\n` : `[{"a":"${'x'.repeat(999)}"}]`,
      );
      expect(() => split(framing, [long], 500)).toThrow(/more than 500 bytes/);
      expect(() => split(framing, chunked(long, [100, 200, 300, 400, 450, 550]), 500)).toThrow(
        /more than 500/,
      );
      const small = Buffer.from(framing === 'sse' ? 'data: {}\n\n'.repeat(500) : `[${'{},'.repeat(500)}{}]`);
      expect(split(framing, [small], 500).length).toBeGreaterThanOrEqual(500);
    });

    it(`${framing}: takes linear time when the bytes trickle in`, () => {
      const size = 1_000_000;
      const text = framing === 'sse' ? `data: ${'x'.repeat(size)}\n\n` : `[{"a":"${'x'.repeat(size)}"}]`;
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: size / 10 }, (_, index) =>
        bytes.subarray(index * 10, index * 10 + 10),
      );
      const started = performance.now();
      split(framing, chunks);
      expect(performance.now() - started).toBeLessThan(10_000);
    });
  }

  it('reads events as the WHATWG standard does', () => {
    const text =
      '\ufeffdata: one\n\n: comment\n\nevent: add\ndata: YHOO\r\ndata:+2\rdata\n\nid: 1\nretry: 9\ndata:  two\n\n';
    expect(split('sse', [Buffer.from(text)]).map(({ event, data }) => [event, data])).toEqual([
      [null, 'one'],
      [null, ''],
      ['add', 'YHOO\n+2\n'],
      [null, ' two'],
    ]);
  });

  it('decodes characters that are cut between chunks', () => {
    const bytes = Buffer.from('data: 🦜é\n\n');
    const frames = split(
      'sse',
      [...bytes].map((byte) => Uint8Array.of(byte)),
    );
    expect(frames.map((frame) => frame.data)).toEqual(['🦜é']);
  });

  it('gives an event as soon as its blank line is there', () => {
    const splitter = frameSplitter('sse');
    expect(splitter.push(Buffer.from('data: a\n')).length).toBe(0);
    expect(splitter.push(Buffer.from('\n')).map((frame) => frame.data)).toEqual(['a']);
    expect(splitter.push(Buffer.from('data: b\r\n\r\n')).map((frame) => frame.data)).toEqual(['b']);
  });

  it('delivers a last event without its blank line only when it is whole', () => {
    const last = (text: string) => split('sse', [Buffer.from(text)]).at(-1)?.data;
    expect(last('data: [DONE]')).toBe('[DONE]');
    expect(last('data: {"a":1}\n')).toBe('{"a":1}');
    expect(last('data: {"a":')).toBe('');
  });

  it('gives each element of a JSON array as soon as it closes', () => {
    const splitter = frameSplitter('json-array');
    const push = (text: string) => splitter.push(Buffer.from(text)).map((frame) => frame.data);
    expect(push('[{"a":"}]\\"{"}')).toEqual(['{"a":"}]\\"{"}']);
    expect(push(',\r\n{"b":[')).toEqual([]);
    expect(push('{}]}')).toEqual(['{"b":[{}]}']);
    expect(push('\n]')).toEqual(['']);
  });

  it('takes a lone object, such as an error, for the one element', () => {
    expect(split('json-array', [Buffer.from('{"error":{}}\n')]).map((frame) => frame.data)).toEqual([
      '{"error":{}}',
      '',
    ]);
  });

  it('calls a web page garbage', () => {
    expect(() => split('json-array', [Buffer.from('<html>')])).toThrow(/no JSON array/);
  });

  it('formats what it reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(undefined, 'ping'), (data, event) => {
        const [frame] = split('sse', [Buffer.from(formatSse(data, event))]);
        expect(frame).toMatchObject({ data: data.replace(/\r\n|\r/g, '\n'), event: event ?? null });
      }),
    );
  });
});
