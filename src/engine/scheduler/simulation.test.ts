import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from './testing/simulation.ts';

/** More, and other ones each time: SIMULATION_RUNS=2000 npx vitest run src/engine/scheduler/simulation --testTimeout 0 */
const { SIMULATION_RUNS } = process.env;

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
          collisions: fc.constantFrom('none', 'none', 'none', 'all', 'of equal blocks'),
        }),
        async (options) => {
          const { wrong, counts: seen } = await simulate(options);
          for (const [what, count] of Object.entries(seen)) counts[what] = (counts[what] ?? 0) + count;
          expect(wrong).toEqual([]);
        },
      ),
      SIMULATION_RUNS ? { numRuns: Number(SIMULATION_RUNS) } : { numRuns: 18, seed: 20 },
    );
    if (SIMULATION_RUNS) console.log(counts);
    // Otherwise it did not test what it says.
    for (const what of [
      'preempted',
      'killed',
      'moved',
      'not moved',
      'evicted',
      'loaded',
      'shared',
      'batched',
      'left',
    ])
      expect(counts[what], what).toBeGreaterThan(0);
  });
});
