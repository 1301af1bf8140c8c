import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Part } from '../../../core/part.ts';
import { usageOf } from '../../../core/usage.ts';
import { FINISH, head, text } from '../../policy.contract.ts';
import { decodeAnswer, encodeAnswer, isWhole, partsFor, type StoredAnswer } from './stored-answer.ts';

const TARGET = { provider: 'openai', model: 'gpt-4o' };
const CALL = { dialect: 'openai-chat', operation: 'generate', stream: true } as const;
const USAGE: Part = { type: 'usage', usage: usageOf({ input: 3 }), source: 'provider' };

const stored = (parts: readonly Part[], form = 'openai-chat stream'): StoredAnswer => ({
  madeAt: 1_800_000_000_000,
  form,
  call: CALL,
  parts,
});
const wire = (...chunks: readonly Uint8Array[]): Part => ({ type: 'wire', chunks });

describe('a stored answer', () => {
  it('comes back with its bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { minLength: 1 }), (chunks) => {
        const parts = [head(TARGET), ...chunks.map((chunk) => wire(chunk)), USAGE, FINISH];
        const back = decodeAnswer(encodeAnswer(stored(parts)));
        const bytes = back?.parts.flatMap((part) => (part.type === 'wire' ? part.chunks : []));
        expect(Buffer.concat(bytes ?? [])).toEqual(Buffer.concat(chunks));
        expect(back?.parts.map(({ type }) => type)).toEqual(['head', 'wire', 'usage', 'finish']);
      }),
    );
  });

  it('keeps of its head what is true of another call too', () => {
    const headers = {
      'content-type': 'text/event-stream',
      'x-request-id': 'r1',
      'x-ratelimit-remaining': '3',
    };
    const back = decodeAnswer(encodeAnswer(stored([{ ...head(TARGET), headers }, text('Hi'), FINISH])));
    expect(back?.parts[0]).toMatchObject({ headers: { 'content-type': 'text/event-stream' }, stored: true });
  });

  it('is nothing when its bytes are anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeAnswer(bytes)).toBeNull();
      }),
    );
    const good = Buffer.from(encodeAnswer(stored([head(TARGET), wire(Buffer.from('data')), FINISH])));
    fc.assert(
      fc.property(fc.nat(good.length - 1), (end) => {
        expect(decodeAnswer(good.subarray(0, end))).toBeNull();
      }),
    );
  });

  it('is read into typed parts for another form, with the usage that its bytes lack', () => {
    const answer = stored([head(TARGET), wire(Buffer.from('…')), USAGE, FINISH]);
    const read = () => [head(TARGET), text('Hi'), FINISH];
    expect(partsFor(answer, 'whole', read)?.map(({ type }) => type)).toEqual([
      'head',
      'text-delta',
      'usage',
      'finish',
    ]);
    expect(partsFor(answer, 'openai-chat stream', () => null)).toHaveLength(4);
    expect(partsFor(answer, 'whole', () => null)).toBeNull();
  });

  it('is whole only with its finish, and when nobody stopped it', () => {
    expect(isWhole([head(TARGET), text('Hi'), FINISH])).toBe(true);
    expect(isWhole([head(TARGET), text('Hi')])).toBe(false);
    expect(isWhole([head(TARGET), { type: 'finish', reason: 'content-filter' }])).toBe(false);
    expect(isWhole([{ ...head(TARGET), status: 206 }, FINISH])).toBe(false);
  });
});
