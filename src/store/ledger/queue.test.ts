import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createQueue } from './queue.ts';

it('gives every row once, first in first out, in batches within their bounds', () => {
  const action = fc.oneof(
    fc.record({ push: fc.string({ maxLength: 20 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 5 }) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
      const queue = createQueue({ rows: 10, bytes: 100 });
      const waiting: string[] = [];
      for (const each of actions) {
        if ('push' in each) {
          queue.push({ line: each.push, segment: null });
          waiting.push(each.push);
        } else {
          const batch = queue.take(each.take, 30).map(({ line }) => line);
          expect(batch).toEqual(waiting.splice(0, batch.length));
          expect(batch.length).toBeLessThanOrEqual(each.take);
          if (waiting.length > 0) expect(batch.length).toBeGreaterThan(0);
          if (batch.length > 1) expect(batch.join('').length).toBeLessThanOrEqual(30);
        }
        const bytes = waiting.join('').length;
        expect(queue.rows).toBe(waiting.length);
        expect(queue.isFull).toBe(waiting.length >= 10 || bytes >= 100);
        expect(queue.isLow).toBe(waiting.length <= 5 && bytes <= 50);
        expect(queue.entries().map(({ line }) => line)).toEqual(waiting);
      }
    }),
  );
});
