import { describe, expect, it } from 'vitest';
import { live } from './chaos.contract.ts';

/** A longer search: `INFINITE_LLM_SIM_SEEDS=100000 npx vitest run src/engine/cluster/sim`. */
const SEEDS = Number(process.env['INFINITE_LLM_SIM_SEEDS'] ?? 1_000);
const FIRST = Number(process.env['INFINITE_LLM_SIM_FIRST'] ?? 0);

function search(repeated: number, breaks: boolean, count: number): void {
  for (let seed = FIRST; seed < FIRST + count; seed += 1)
    try {
      live(seed, { repeated, breaks });
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
}

describe('managers over simulated time', () => {
  it('lend and take back every block, with delays only', () => search(0, false, SEEDS / 10), 280_000);
  it('never share, lose or doubly free a block, whatever breaks', () => search(0, true, SEEDS), 280_000);
  it('nor when messages arrive twice, late and out of order', () => search(0.1, true, SEEDS), 280_000);
  it('are deterministic', () => {
    const [first, again] = [
      live(7, { repeated: 0.1, breaks: true }),
      live(7, { repeated: 0.1, breaks: true }),
    ];
    expect(again.fresh()).toBe(first.fresh());
  });
});
