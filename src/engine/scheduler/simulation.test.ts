import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from './testing/simulation.ts';

const RUNS = Number(process.env['SIMULATION_RUNS'] ?? 60);

describe('whatever happens', () => {
  it('answers are those of an isolated run, everything ends, and no block is lost or freed twice', async () => {
    const counts: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          requests: fc.integer({ min: 1, max: 14 }),
          shards: fc.integer({ min: 1, max: 4 }),
          blocksPerShard: fc.integer({ min: 2, max: 12 }),
          stingy: fc.constantFrom(1, 10, 1000),
          faults: fc.boolean(),
          collisions: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
        }),
        async (options) => {
          const { wrong, counts: seen } = await simulate(options);
          for (const [what, count] of Object.entries(seen)) counts[what] = (counts[what] ?? 0) + count;
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
    console.log(counts);
  });
});
