import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameSplitter } from '../../dialects/wire/frames.ts';
import { loneEvent } from './lone-event.ts';

describe('loneEvent', () => {
  it('reads one plain event', () => {
    expect(loneEvent(Buffer.from('data: {"a":1}\n\n'))).toEqual({ event: null, data: '{"a":1}' });
    expect(loneEvent(Buffer.from('event: delta\ndata: {"a":1}\n\n'))).toEqual({
      event: 'delta',
      data: '{"a":1}',
    });
  });

  it.each([
    'data: {"a":1}\n',
    'data: {"a":1}',
    'data: {"a":1}\n\ndata: {"b":1}\n\n',
    'data: {"a":\ndata: 1}\n\n',
    'data: [DONE]\n\n',
    'data: {"a":1}\r\n\r\n',
    ': ping\n\n',
    'id: 1\ndata: {"a":1}\n\n',
    'data:{"a":1}\n\n',
    '"a":1}\n\n',
    '',
  ])('leaves all else to the splitter: %j', (text) => {
    expect(loneEvent(Buffer.from(text))).toBeNull();
  });

  it('never sees what the splitter would not', () => {
    const piece = fc.constantFrom(
      'data: ',
      'event: ',
      'x',
      '{',
      '}',
      '{"a":1}',
      '\n',
      '\n\n',
      '\r',
      ':',
      ' ',
      'error',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''));
        const lone = loneEvent(bytes);
        if (!lone) return;
        const frames = frameSplitter('sse').push(bytes);
        expect(frames).toEqual([{ event: lone.event || null, data: lone.data, raw: bytes }]);
      }),
      { numRuns: 2000 },
    );
  });
});
