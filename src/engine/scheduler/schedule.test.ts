import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_TOKENS } from '../ports.ts';
import { blocksFor } from './block.ts';
import { type BlockView, type Limits, type SequenceView, schedule, type WaitingView } from './schedule.ts';

const LIMITS: Limits = { maxSequences: 4, maxTokensPerStep: 100, maxLogitRows: 30 };
const REF = { shard: 'a/0', block: 0 };
const FULL: BlockView = { ref: REF, filled: BLOCK_TOKENS, refs: 1 };

function running(id: number, length: number, ready: number, more: Partial<SequenceView> = {}): SequenceView {
  const blocks = Array.from({ length: blocksFor(length) }, (_, i) => ({
    ref: { shard: 'a/0', block: id * 100 + i },
    filled: Math.max(0, Math.min(BLOCK_TOKENS, ready - i * BLOCK_TOKENS)),
    refs: 1,
  }));
  return { id, length, ready, logitsFrom: length - 1, rows: 'last', blocks, nodes: [], ...more };
}

function waiting(id: number, length: number, more: Partial<WaitingView> = {}): WaitingView {
  const hits = { blocks: 0, idle: 0 };
  return { id, length, ready: 0, logitsFrom: length - 1, rows: 'last', blocks: [], nodes: [], hits, ...more };
}

describe('schedule', () => {
  it('takes decodes first, then chunks of the oldest prefill', () => {
    const plan = schedule(
      { running: [running(1, 300, 128), running(2, 65, 64), running(3, 10, 9)], waiting: [], available: 9 },
      LIMITS,
    );
    expect(plan.slices).toEqual([
      { id: 2, start: 64, count: 1, logits: 'last' },
      { id: 3, start: 9, count: 1, logits: 'last' },
      { id: 1, start: 128, count: 98, logits: 'none' },
    ]);
    expect(plan).toMatchObject({ preempt: [], admit: [], place: [1, 2, 3], short: 0 });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('never holds decodes back for the budget', () => {
    const four = [1, 2, 3, 4].map((id) => running(id, 10, 9));
    const plan = schedule({ running: four, waiting: [], available: 4 }, { ...LIMITS, maxTokensPerStep: 2 });
    expect(plan.slices).toHaveLength(4);
  });

  it('lets in as many as there are places, tokens and memory for, in order', () => {
    const some = [waiting(1, 64), waiting(2, 60), waiting(3, 5)];
    const plan = (available: number, limits = LIMITS) =>
      schedule({ running: [], waiting: some, available }, limits).admit;
    expect(plan(9)).toEqual([1, 2]); // the budget of 100 is used up
    expect(plan(9, { ...LIMITS, maxTokensPerStep: 500 })).toEqual([1, 2, 3]);
    expect(plan(9, { ...LIMITS, maxTokensPerStep: 500, maxSequences: 2 })).toEqual([1, 2]);
    expect(plan(2, { ...LIMITS, maxTokensPerStep: 500 })).toEqual([1]); // room to grow for the first
    expect(plan(0)).toEqual([]);
  });

  it('says how much is lacking, and lets nobody past the first in line', () => {
    const plan = schedule({ running: [], waiting: [waiting(1, 640), waiting(2, 1)], available: 7 }, LIMITS);
    expect(plan).toMatchObject({ admit: [], slices: [], short: 3 });
  });

  it('counts cached blocks as had, but idle ones not twice', () => {
    const cached = waiting(1, 256 + 10, { hits: { blocks: 4, idle: 3 } });
    const plan = (available: number) => schedule({ running: [], waiting: [cached], available }, LIMITS);
    expect(plan(4).slices).toEqual([{ id: 1, start: 256, count: 10, logits: 'last' }]);
    expect(plan(3)).toMatchObject({ admit: [], short: 1 });
  });

  it('preempts the youngest until the oldest have room', () => {
    const shared: BlockView = { ...FULL, refs: 2 };
    const plan = schedule(
      {
        running: [
          running(1, 65, 64, { blocks: [FULL] }),
          running(2, 65, 64, { blocks: [{ ...FULL }] }),
          running(3, 66, 65, { blocks: [shared, { ...FULL, filled: 1 }] }),
          running(4, 66, 65, { blocks: [shared, { ...FULL, filled: 1 }] }),
        ],
        waiting: [waiting(5, 1)],
        available: 0,
      },
      LIMITS,
    );
    // 4 gives its own block to 1; 3 gives its own and the one that they shared.
    expect(plan).toMatchObject({ preempt: [4, 3], place: [1, 2], admit: [] });
    expect(plan.short).toBeGreaterThan(0);
  });

  it('lets the last that lacks memory stand still with what it has, and nobody past it', () => {
    const last = running(2, 65, 64, { blocks: [FULL] });
    const plan = (others: SequenceView[], available: number) =>
      schedule({ running: [...others, last], waiting: [waiting(3, 1)], available }, LIMITS);
    expect(plan([], 0)).toEqual({
      preempt: [],
      admit: [],
      place: [],
      slices: [],
      short: 1,
      stands: 2,
    });
    expect(plan([running(1, 10, 9)], 0)).toMatchObject({ preempt: [], admit: [], place: [1], short: 1 });
    expect(plan([running(1, 10, 9)], 1)).toMatchObject({ preempt: [], admit: [], place: [1, 2] });
  });

  it('computes a hole of two sequences once, and nothing beyond it', () => {
    const hole: BlockView = { ref: null, filled: 0, refs: 2 };
    const blocks = [FULL, hole, FULL, { ...FULL, filled: 3 }];
    const both = [1, 2].map((id) => running(id, 196, 64, { blocks }));
    const plan = schedule({ running: both, waiting: [], available: 1 }, LIMITS);
    expect(plan).toMatchObject({ preempt: [], place: [1, 2] });
    expect(plan.slices).toEqual([{ id: 1, start: 64, count: 64, logits: 'none' }]);
  });

  it('does not compute the same beginning twice in one step', () => {
    const nodes = [{ key: 1 }, { key: 2 }, { key: 3 }];
    const same = [1, 2].map((id) => waiting(id, 200, { nodes }));
    const limits = { ...LIMITS, maxTokensPerStep: 1000 };
    const plan = schedule({ running: [], waiting: [...same, waiting(3, 5)], available: 20 }, limits);
    expect(plan.slices.map(({ id, count }) => [id, count])).toEqual([
      [1, 200],
      [3, 5],
    ]);
  });

  it('wants all logits of a scored text, in rows that fit, and none of what is scored already', () => {
    const text = (ready: number, logitsFrom: number) => running(1, 200, ready, { rows: 'all', logitsFrom });
    const plan = (one: SequenceView) =>
      schedule({ running: [one], waiting: [], available: 9 }, LIMITS).slices;
    expect(plan(text(50, 50))).toEqual([{ id: 1, start: 50, count: 30, logits: 'all' }]);
    expect(plan(text(0, 50))).toEqual([{ id: 1, start: 0, count: 50, logits: 'none' }]);
    const filled = running(1, 200, 100, { rows: 'none', logitsFrom: 200 });
    expect(plan(filled)).toEqual([{ id: 1, start: 100, count: 100, logits: 'none' }]);
  });

  it('never promises more memory than there is, and always lets somebody go on', () => {
    const sequence = fc.record({
      length: fc.integer({ min: 1, max: 600 }),
      behind: fc.nat(600),
      lost: fc.nat(9),
    });
    fc.assert(
      fc.property(
        fc.array(sequence, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 4 }),
        fc.nat(30),
        fc.record({
          maxSequences: fc.integer({ min: 1, max: 6 }),
          maxTokensPerStep: fc.integer({ min: 1, max: 200 }),
          maxLogitRows: fc.integer({ min: 1, max: 50 }),
        }),
        (ran, waits, available, limits) => {
          const now = ran.map(({ length, behind, lost }, id) => {
            const whole = running(id, length, Math.max(0, length - 1 - behind));
            const at = Math.min(lost, whole.blocks.length);
            const blocks = whole.blocks.map((block, i) =>
              i === at ? { ...block, ref: null, filled: 0 } : block,
            );
            // The last one may not be there yet.
            const held = behind === 0 && length % BLOCK_TOKENS === 1 ? blocks.slice(0, -1) : blocks;
            return { ...whole, blocks: held, ready: Math.min(whole.ready, at * BLOCK_TOKENS) };
          });
          const next = waits.map((length, i) => waiting(100 + i, length));
          const plan = schedule({ running: now, waiting: next, available }, limits);
          const view = (id: number) => now.find((one) => one.id === id) ?? next.find((one) => one.id === id)!;
          const had = (id: number) => view(id).blocks.filter(({ ref }) => ref).length;
          const gained = plan.preempt.reduce((sum, id) => sum + had(id), 0);
          const needed = plan.place.reduce((sum, id) => sum + blocksFor(view(id).length) - had(id), 0);
          expect(needed).toBeLessThanOrEqual(available + gained);
          // The youngest, and only as many as it takes; the one before them stands still when even that is too little.
          const behind = now.map(({ id }) => id).slice(plan.place.length - plan.admit.length);
          const stands = behind.length > plan.preempt.length;
          expect(plan.preempt).toEqual(behind.slice(stands ? 1 : 0).reverse());
          expect(plan.stands).toBe(stands ? behind[0] : null);
          if (stands) {
            const [id = 0] = behind;
            expect(plan.admit).toEqual([]);
            expect(needed + blocksFor(view(id).length) - had(id)).toBeGreaterThan(available + gained);
          }
          for (const { id, start, count, logits } of plan.slices) {
            const { length, ready } = view(id);
            expect(plan.place).toContain(id);
            expect(start).toBe(ready);
            expect(count).toBeGreaterThan(0);
            expect(start + count).toBeLessThanOrEqual(length);
            expect(logits).toBe(start + count === length ? 'last' : 'none');
          }
          const prefill = plan.slices.reduce((sum, { count }) => sum + (count > 1 ? count : 0), 0);
          expect(prefill).toBeLessThanOrEqual(limits.maxTokensPerStep);
          if (plan.place.length > 0) expect(plan.slices.length).toBeGreaterThan(0);
          else expect(plan.preempt.length + next.length > 0 ? plan.short : 1).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
