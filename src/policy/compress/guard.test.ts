import { describe, expect, it } from 'vitest';
import type { Answer } from '../../core/answer.ts';
import { USUAL_GUARD } from '../../core/plan/compress.ts';
import type { Bus } from '../../core/ports.ts';
import { likeness } from './compare.ts';
import { createGuards } from './guard.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Two processes of one installation. */
function busOf(): Bus {
  const listeners = new Set<(message: string) => void>();
  return {
    publish: (_, message) => {
      for (const listener of listeners) listener(message);
    },
    subscribe: (_, listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => undefined,
  };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Comparisons until compressing stops, at most `most`. */
function comparisonsUntilStop(share: number, random: () => number, most: number): number {
  const guards = createGuards({ bus: busOf(), log: quiet, now: () => 5 });
  for (let compared = 1; compared <= most; compared++) {
    guards.note('m', 'chat', random() < share, USUAL_GUARD);
    if (guards.stopped('m', 'chat') !== null) return compared;
  }
  return most;
}

describe('the guard', () => {
  it('stops by mistake less than once in as many comparisons as it says', () => {
    const random = seeded(1);
    const runs = Array.from({ length: 30 }, () =>
      comparisonsUntilStop(USUAL_GUARD.mostDiffering, random, 3_000),
    );
    const mean = runs.reduce((sum, run) => sum + run, 0) / runs.length;
    expect(mean).toBeGreaterThan(USUAL_GUARD.falseAlarmEvery);
  });

  it('stops soon when half of the answers differ, also after a long good time', () => {
    const random = seeded(2);
    const runs = Array.from({ length: 30 }, () => comparisonsUntilStop(0.5, random, 4_000));
    expect(Math.max(...runs)).toBeLessThan(120);
    const guards = createGuards({ bus: busOf(), log: quiet, now: () => 5 });
    for (let n = 0; n < 5_000; n++) guards.note('m', 'chat', false, USUAL_GUARD);
    for (let n = 0; n < 7; n++) guards.note('m', 'chat', true, USUAL_GUARD);
    expect(guards.stopped('m', 'chat')).toContain('7 of 5007');
  });

  it('stops one class for one model, in all processes, until it is resumed', () => {
    const bus = busOf();
    const [one, other] = [0, 1].map(() => createGuards({ bus, log: quiet, now: () => 5 }));
    const settings = { ...USUAL_GUARD, falseAlarmEvery: 10 };
    for (let n = 0; n < 3; n++) one?.note('m', 'chat', true, settings);
    expect(other?.stopped('m', 'chat')).not.toBeNull();
    expect([other?.stopped('m', 'summary'), other?.stopped('n', 'chat')]).toEqual([null, null]);
    expect(other?.report()).toMatchObject([
      { model: 'm', task: 'chat', compared: 3, differing: 3, stoppedAt: 5 },
    ]);
    expect([other?.resume('n'), other?.resume('m', 'chat')]).toEqual([0, 1]);
    expect(one?.stopped('m', 'chat')).toBeNull();
  });

  it('holds a bounded number of states, whatever clients call their models', () => {
    const guards = createGuards({ bus: busOf(), log: quiet, now: () => 5 });
    for (let n = 0; n < 3_000; n++) guards.note(`m${n}`, 'chat', false, USUAL_GUARD);
    expect(guards.report().length).toBeLessThanOrEqual(1_001);
  });
});

describe('the likeness of answers', () => {
  const said = (text: string): Answer => ({
    content: [{ type: 'text', text }],
    usage: null,
    finish: { type: 'finish', reason: 'stop' },
  });

  it.each([
    ['Reine Astrid.', 'reine  astrid', 1],
    ['{"a": 1, "b": [2]}', '{ "b": [2], "a": 1 }', 1],
    ['The answer is 42.', 'The answer is 41.', 0],
    ['Something', '', 0],
  ])('%s and %s: %s', async (a, b, expected) => {
    expect(await likeness(said(a), said(b), null)).toBe(expected);
  });

  it('is that of the words or of the meanings for others', async () => {
    const [a, b] = [said('Ferries left the harbour'), said('Ferries left the old harbour')];
    const words = await likeness(a, b, null);
    expect(words).toBeGreaterThan(0.8);
    expect(words).toBeLessThan(1);
    const embedder = {
      dimensions: 2,
      ready: async () => undefined,
      embed: async () => [Float32Array.of(1, 0), Float32Array.of(0.6, 0.8)],
    };
    expect(await likeness(a, b, embedder)).toBeCloseTo(0.6);
  });
});
