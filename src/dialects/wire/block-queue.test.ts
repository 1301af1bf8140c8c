import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/answer.ts';
import type { Part } from '../../core/part.ts';
import { blockQueue } from './block-queue.ts';

const summary = (parts: readonly Part[]): string[] =>
  parts.map((part) => {
    const id = 'id' in part ? part.id : '';
    if (part.type === 'tool-call-delta') return `${part.type} ${id} ${part.arguments}`;
    if (part.type === 'text-delta' || part.type === 'reasoning-delta')
      return `${part.type} ${id} ${part.text}`;
    return `${part.type} ${id}`;
  });

describe('blockQueue', () => {
  it('passes the first block on at once and closes it when another begins', () => {
    const queue = blockQueue();
    expect(summary(queue.reasoning('r', 'hm'))).toEqual([
      'reasoning-start reasoning-0',
      'reasoning-delta reasoning-0 hm',
    ]);
    expect(summary(queue.text('t', 'a'))).toEqual([
      'reasoning-end reasoning-0',
      'text-start text-1',
      'text-delta text-1 a',
    ]);
    expect(summary(queue.text('t', 'b'))).toEqual(['text-delta text-1 b']);
    expect(summary(queue.end())).toEqual(['text-end text-1']);
  });

  it('streams the second tool call once the first one is whole', () => {
    const queue = blockQueue();
    queue.toolCall('0', { id: 'a', name: 'f' }, '{"x":"}"');
    queue.toolCall('0', { id: 'a', name: 'f' }, '}');
    expect(summary(queue.toolCall('1', { id: 'b', name: 'g' }, '{'))).toEqual([
      'tool-call-end a',
      'tool-call-start b',
      'tool-call-delta b {',
    ]);
  });

  it('keeps the rest in line while a tool call is not whole', () => {
    const queue = blockQueue();
    queue.toolCall('0', { id: 'a', name: 'f' }, '{"x":');
    expect(queue.toolCall('1', { id: 'b', name: 'g' }, '{}')).toEqual([]);
    expect(queue.text('t', 'done')).toEqual([]);
    expect(summary(queue.toolCall('0', { id: 'a', name: 'f' }, '1}'))).toEqual([
      'tool-call-delta a 1}',
      'tool-call-end a',
      'tool-call-start b',
      'tool-call-delta b {}',
      'tool-call-end b',
      'text-start text-0',
      'text-delta text-0 done',
    ]);
  });

  it('gives a reasoning block its signature', () => {
    const queue = blockQueue();
    queue.reasoning('r', 'hm');
    queue.sign('r', 'openai:x');
    expect(queue.close('r')).toEqual([{ type: 'reasoning-end', id: 'reasoning-0', signature: 'openai:x' }]);
    expect(queue.has('r')).toBe(false);
  });

  it('loses and mixes nothing, however tool calls are interleaved', () => {
    const pieces = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.constantFrom('{', '}', '"', '\\', 'x', ',')), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(pieces, (pieces) => {
        const queue = blockQueue();
        const expected = new Map<string, string>();
        const parts: Part[] = [];
        for (const [index, piece] of pieces) {
          // A call that ended may not go on; providers do not do that, and the parser refuses it.
          const key = String(index);
          if (expected.has(key) && !queue.has(key)) continue;
          expected.set(key, (expected.get(key) ?? '') + piece);
          parts.push(...queue.toolCall(key, { id: key, name: 'f' }, piece));
        }
        parts.push(...queue.end());
        const calls = answerOf(parts).content.map((block) =>
          block.type === 'tool-call' ? [block.id, block.arguments] : [],
        );
        expect(new Map(calls as [string, string][])).toEqual(expected);
        const open = parts.reduce((open, part) => {
          const change = part.type.endsWith('-start') ? 1 : part.type.endsWith('-end') ? -1 : 0;
          expect(open + change).toBeGreaterThanOrEqual(0);
          expect(open + change).toBeLessThanOrEqual(1);
          return open + change;
        }, 0);
        expect(open).toBe(0);
      }),
    );
  });
});
