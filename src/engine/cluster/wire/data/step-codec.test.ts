import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShardStep } from '../../../ports.ts';
import { HEADER_BYTES } from '../layout.ts';
import { WireError } from '../wire-error.ts';
import { StepDecoder } from './step-decoder.ts';
import { StepEncoder } from './step-encoder.ts';

const block = fc.nat(5);
const blocks = fc.array(block, { maxLength: 8 }).map((list) => Int32Array.from(list));
const job = fc.record({ rowCount: fc.nat(3), blocks, emptySlots: fc.nat(63) });
const step = fc
  .record({
    jobs: fc.array(job, { maxLength: 4 }),
    writes: fc.array(fc.tuple(block, fc.nat(63)), { maxLength: 5 }),
  })
  .map(({ jobs, writes }): ShardStep => {
    let rows = 0;
    const placed = jobs.map(({ rowCount, blocks, emptySlots }) => {
      const firstRow = rows;
      rows += rowCount;
      return { firstRow, rowCount, blocks, tokens: Math.max(0, blocks.length * 64 - emptySlots) };
    });
    return {
      rows,
      jobs: placed,
      writes: {
        blocks: Int32Array.from(writes, ([block]) => block),
        slots: Int32Array.from(writes, ([, slot]) => slot),
      },
    };
  });

function payloadOf(frame: Buffer): Buffer {
  return Buffer.from(frame.subarray(HEADER_BYTES, HEADER_BYTES + frame.readUInt32LE(0)));
}

function words(list: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(list).buffer);
}

describe('a step on the wire', () => {
  it('is the same on the other side, one after the other', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const [encoder, decoder] = [new StepEncoder(), new StepDecoder()];
        for (const [number, step] of steps.entries())
          expect(decoder.decode(payloadOf(encoder.encode(number, step)))).toEqual({ number, step });
      }),
      { numRuns: 500 },
    );
  });

  it('carries only the blocks that are new, even where another job took its place', () => {
    const encoder = new StepEncoder();
    const long = Int32Array.from({ length: 16_384 }, (_, index) => index);
    const other = Int32Array.of(20_000, 20_001);
    const of = (...lists: Int32Array[]): ShardStep => ({
      rows: lists.length,
      jobs: lists.map((blocks, firstRow) => ({ firstRow, rowCount: 1, blocks, tokens: blocks.length * 64 })),
      writes: { blocks: new Int32Array(0), slots: new Int32Array(0) },
    });
    const bytes = (step: ShardStep): number => encoder.encode(1, step).length;
    expect(bytes(of(other, long))).toBeGreaterThan(65_000);
    expect(bytes(of(other, long))).toBeLessThan(100);
    const longer = Int32Array.from([...long, 16_384]);
    expect(bytes(of(longer))).toBeLessThan(100);
    expect(bytes(of(other, longer))).toBeLessThan(100);
  });

  it('does not follow arrays that the caller writes again', () => {
    const [encoder, decoder] = [new StepEncoder(), new StepDecoder()];
    const blocks = Int32Array.of(1, 2, 3);
    const step = {
      rows: 1,
      jobs: [{ firstRow: 0, rowCount: 1, blocks, tokens: 130 }],
      writes: { blocks: new Int32Array(0), slots: new Int32Array(0) },
    };
    decoder.decode(payloadOf(encoder.encode(1, step)));
    blocks.set([1, 5, 3]);
    expect([...(decoder.decode(payloadOf(encoder.encode(2, step))).step.jobs[0]?.blocks ?? [])]).toEqual([
      1, 5, 3,
    ]);
  });

  it.each<[string, number[]]>([
    ['cut short', [1, 1, 1, 0, 0, 1, 64]],
    ['with more than it says', [1, 0, 0, 0, 7]],
    ['with a row in two jobs', [1, 2, 2, 0, 0, 2, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0]],
    ['with rows that are not there', [1, 2, 1, 0, 1, 2, 0, 0, 0, 0]],
    ['with rows beyond 32 bits', [1, 2, 1, 0, 0xffff_ffff, 2, 0, 0, 0, 0]],
    ['with more tokens than blocks', [1, 1, 1, 0, 0, 1, 65, 0, 0, 1, 5]],
    ['with a slot outside its block', [1, 0, 0, 1, 5, 64]],
    ['that keeps what was not there', [1, 1, 1, 0, 0, 1, 64, 0, 1, 0]],
    ['of too many rows', [1, 70_000, 0, 0]],
    ['of too many jobs', [1, 70_000, 0xffff_ffff, 0]],
    ['of too many writes', [1, 0, 0, 0xffff_ffff]],
    ['of too many blocks', [1, 1, 1, 0, 0, 1, 64, 0, 0, 0xffff_ffff]],
  ])('%s is malformed', (_, list) => {
    expect(() => new StepDecoder().decode(words(list))).toThrow(WireError);
  });

  it('cannot make much of little: lists that are kept are counted', () => {
    const decoder = new StepDecoder();
    const length = 1_000_000;
    decoder.decode(words([1, 1, 1, 0, 0, 1, 64, 0, 0, length, ...new Uint32Array(length)]));
    const jobs = Array.from({ length: 60_000 }, (_, row) => [row, 1, 64, 0, length - 1, 0]).flat();
    expect(() => decoder.decode(words([2, 60_000, 60_000, 0, ...jobs]))).toThrow(/cannot be/);
  });

  it('of any bytes is decoded or malformed, never anything else', () => {
    const small = fc.array(fc.oneof(fc.nat(3), fc.nat(70), fc.nat(0xffff_ffff)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(small, { maxLength: 3 }), fc.nat(3), (lists, cut) => {
        const decoder = new StepDecoder();
        for (const list of lists) {
          const bytes = words(list);
          try {
            decoder.decode(bytes.subarray(0, Math.max(0, bytes.length - cut)));
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
