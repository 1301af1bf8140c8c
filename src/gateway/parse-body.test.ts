import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCallError } from '../core/errors.ts';
import { parseBody } from './parse-body.ts';

function refusal(text: string | Buffer): string {
  try {
    parseBody(Buffer.from(text as string));
  } catch (error) {
    if (isCallError(error) && error.status === 400) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('a request body', () => {
  it('is read as a JSON object', () => {
    expect(parseBody(Buffer.from('{"a":"}]\\"{","b":[{}]}'))).toEqual({ a: '}]"{', b: [{}] });
  });

  it('says what is wrong with it', () => {
    expect(refusal('{"a":')).toContain('not valid JSON');
    expect(refusal('')).toContain('not valid JSON');
    expect(refusal('[1]')).toContain('must be a JSON object');
    expect(refusal('null')).toContain('must be a JSON object');
    expect(refusal(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toContain('UTF-8');
    expect(refusal('['.repeat(100_000))).toContain('nested deeper');
    expect(refusal(`{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`)).toContain('nested deeper');
  });

  it('does not take brackets inside strings for nesting', () => {
    const text = JSON.stringify({ a: '['.repeat(10_000), b: '\\'.repeat(333), c: '"{'.repeat(999) });
    expect(parseBody(Buffer.from(text))).toEqual(JSON.parse(text));
  });

  it('never fails in another way, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            parseBody(Buffer.from(bytes));
          } catch (error) {
            expect(isCallError(error)).toBe(true);
          }
        },
      ),
    );
  });
});
