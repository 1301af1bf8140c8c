import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseTable } from './leases.ts';

const BLOCKS = 6;
const action = fc.record({
  lease: fc.boolean(),
  blocks: fc.array(fc.nat(BLOCKS - 1), { maxLength: 4 }),
  instance: fc.constantFrom('a', 'b', 'c'),
});

describe('the table of leases', () => {
  it('knows of each block who has it, from another thread’s side, too', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
        const table = new LeaseTable(BLOCKS);
        const other = new LeaseTable(table.buffer);
        const holders = new Map<number, string>();
        for (const { lease, blocks, instance } of actions) {
          if (lease) table.lease(blocks, instance);
          else table.unlease(blocks);
          for (const block of blocks) {
            if (lease) holders.set(block, instance);
            else holders.delete(block);
          }
          for (const instance of ['a', 'b', 'c'])
            for (let block = 0; block < BLOCKS; block++)
              expect(other.mayUse(instance, block)).toBe(holders.get(block) === instance);
        }
      }),
    );
  });

  it('gives nobody what is not there', () => {
    const table = new LeaseTable(2);
    for (const block of [-1, 2, 0.5, 2 ** 31, Number.NaN]) {
      expect(table.mayUse('a', block)).toBe(false);
      expect(() => table.lease([block], 'a')).toThrow(RangeError);
    }
    expect(table.mayUse('', 0)).toBe(false);
  });
});
