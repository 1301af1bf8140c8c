import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.ts';
import { rawFrame, type RawFrame } from './testing/raw-client.contract.ts';

const frames = fc.array(
  fc.record({
    type: fc.nat(65_535),
    payload: fc.uint8Array({ maxLength: 100 }).map((it) => Buffer.from(it)),
  }),
  { maxLength: 12 },
);

function bytesOf(list: readonly RawFrame[]): Buffer {
  return Buffer.concat(list.map(({ type, payload }) => rawFrame(type, payload, 1)));
}

function read(chunks: readonly Buffer[], maxPayloadBytes = 1000): RawFrame[] {
  const reader = new FrameReader(maxPayloadBytes);
  reader.version = 1;
  const found: RawFrame[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    while (reader.next()) {
      found.push({ type: reader.type, payload: reader.payload });
      expect(reader.payload.byteOffset % 8).toBe(0);
    }
  }
  return found;
}

describe('frames', () => {
  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(2000), { maxLength: 20 }), fc.nat(15), (list, cuts, shift) => {
        const whole = bytesOf(list);
        const at = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => shifted(whole.subarray(at[index], end), shift));
        expect(read(chunks)).toEqual(list);
      }),
      { numRuns: 500 },
    );
  });

  it('are the same when every chunk comes in the same memory', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(2000), { maxLength: 20 }), fc.nat(4), (list, cuts, stopEvery) => {
        const whole = bytesOf(list);
        const at = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const memory = Buffer.alloc(whole.length);
        const reader = new FrameReader(1000);
        reader.version = 1;
        reader.borrowed = true;
        const found: RawFrame[] = [];
        const take = (): boolean => {
          const there = reader.next();
          if (there) found.push({ type: reader.type, payload: reader.payload });
          return there;
        };
        at.slice(1).forEach((end, index) => {
          const bytes = whole.copy(memory, 0, at[index], end);
          reader.push(memory.subarray(0, bytes));
          // A paused peer reads no further, though more comes.
          for (let count = 0; (stopEvery === 0 || count < stopEvery) && take(); count++);
          reader.settle();
          memory.fill(0xee);
        });
        while (take());
        expect(found).toEqual(list);
        for (const { payload } of found) expect(payload.byteOffset % 8).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('are the same byte by byte, and when all chunks came before the first was read', () => {
    const list = [3, 0, 8, 17].map((length, type) => ({ type, payload: Buffer.alloc(length, type) }));
    const bytes = bytesOf(list);
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(list);
    const reader = new FrameReader(100);
    reader.version = 1;
    for (const byte of bytes) reader.push(Buffer.from([byte]));
    expect([reader.next(), reader.next(), reader.next(), reader.next(), reader.next()]).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('are read in place where they lie in one chunk', () => {
    const chunk = Buffer.concat([rawFrame(7, Buffer.alloc(24, 1), 1)]);
    const [frame] = read([shifted(chunk, 0)]);
    const copied = read([shifted(chunk, 3)])[0];
    expect(frame?.payload.byteOffset).toBe(8);
    expect(copied?.payload.byteOffset).toBe(0);
  });

  it('that announce too much are refused before there is memory for them', () => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(0xffff_fff0);
    header[6] = 1;
    const before = process.memoryUsage().arrayBuffers;
    expect(() => read([header])).toThrow(/4294967280 bytes is announced, more than 1000/);
    expect(() => read([header.subarray(0, 5), header.subarray(5)])).toThrow(/announced/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it('of another version or protocol are refused', () => {
    expect(() => read([rawFrame(7, Buffer.alloc(1), 2)])).toThrow(/version 2 where 1/);
    expect(() => read([Buffer.from('GET / HTTP/1.1\r\n\r\n')])).toThrow(/not frames of this protocol/);
  });
});

/** The bytes at an offset of their own memory. */
function shifted(bytes: Buffer, offset: number): Buffer {
  const memory = Buffer.alloc(bytes.length + offset);
  bytes.copy(memory, offset);
  return memory.subarray(offset);
}
