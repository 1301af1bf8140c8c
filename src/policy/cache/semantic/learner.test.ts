import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Boundaries } from './boundary.ts';
import { isBoundedBy, upperBound } from './bounds.ts';
import { Learner, type Risk } from './learner.ts';

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('the bound on the share of errors', () => {
  it('is above what was seen, falls with more of the same, and rises with errors and confidence', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(50), (n, some) => {
        const errors = Math.min(n, some);
        const bound = upperBound({ n, errors }, 0.05);
        expect(bound).toBeGreaterThanOrEqual(errors / n);
        expect(bound).toBeLessThanOrEqual(1);
        if (bound < 0.99) expect(isBoundedBy(bound + 1e-6, { n, errors }, 0.05)).toBe(true);
        expect(isBoundedBy(bound - 1e-6, { n, errors }, 0.05)).toBe(false);
        expect(upperBound({ n: n * 2, errors: errors * 2 }, 0.05)).toBeLessThanOrEqual(bound + 1e-9);
        expect(upperBound({ n: n + 1, errors: errors + 1 }, 0.05)).toBeGreaterThanOrEqual(bound - 1e-9);
        expect(upperBound({ n, errors }, 0.01)).toBeGreaterThanOrEqual(bound - 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it('is what the bets give: with right answers only, a little more than −log(share of what may go wrong) / n', () => {
    const n = 400;
    const bound = upperBound({ n, errors: 0 }, 0.05);
    // 0.4 of the stake is on no errors at all.
    expect(bound).toBeLessThan(1 - Math.exp(-Math.log(1 / (0.05 * 0.4)) / n));
    expect(bound).toBeGreaterThan(1 - Math.exp(-Math.log(1 / 0.05) / n));
  });

  it('needs so many right answers in a row with eight rules and the usual margin', () => {
    const needed = (share: number): number => {
      let n = 1;
      while (!isBoundedBy(share * 0.7, { n, errors: 0 }, 0.05 / 8)) n += 1;
      return n;
    };
    expect([0.05, 0.02, 0.01].map(needed)).toEqual([161, 406, 814]);
  });

  it('holds at all times at once as often as it promises', () => {
    const random = generator(1);
    const truth = 0.04;
    let broken = 0;
    for (let run = 0; run < 200; run++) {
      let errors = 0;
      let ever = false;
      for (let n = 1; n <= 400 && !ever; n++) {
        if (random() < truth) errors += 1;
        if (n % 10 === 0) ever = upperBound({ n, errors }, 0.1) < truth;
      }
      if (ever) broken += 1;
    }
    expect(broken).toBeLessThanOrEqual(20);
  });

  it('holds for the mean of chances that rise', () => {
    const random = generator(3);
    let broken = 0;
    for (let run = 0; run < 200; run++) {
      let [errors, chances, ever] = [0, 0, false];
      for (let n = 1; n <= 400 && !ever; n++) {
        const chance = 0.1 * (n / 400);
        chances += chance;
        if (random() < chance) errors += 1;
        if (n % 5 === 0) ever = isBoundedBy(chances / n - 1e-9, { n, errors }, 0.1);
      }
      if (ever) broken += 1;
    }
    expect(broken).toBeLessThanOrEqual(20);
  });
});

describe('boundaries', () => {
  const observations = fc.array(
    fc.record({ similarity: fc.double({ min: 0.6, max: 1, noNaN: true }), correct: fc.boolean() }),
    { maxLength: 8 },
  );

  it('give chances that rise with the similarity, whatever was seen', () => {
    fc.assert(
      fc.property(observations, observations, (own, others) => {
        const boundaries = new Boundaries();
        for (const each of others) boundaries.learn([], each);
        const chances = [0.6, 0.7, 0.8, 0.9, 0.95, 1].map((s) => boundaries.chance(s, own));
        for (const [at, chance] of chances.entries()) {
          expect(chance).toBeGreaterThanOrEqual(at === 0 ? 0 : (chances[at - 1] ?? 0) - 1e-12);
          expect(chance).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('are each entry’s own: what was right or wrong with one says more of it than of others', () => {
    const boundaries = new Boundaries();
    const right = { similarity: 0.85, correct: true };
    const wrong = { similarity: 0.95, correct: false };
    for (let n = 0; n < 50; n++) boundaries.learn([], n % 2 === 0 ? right : wrong);
    const fresh = boundaries.chance(0.9, []);
    expect(boundaries.chance(0.9, [right, right])).toBeGreaterThan(fresh + 0.1);
    expect(boundaries.chance(0.9, [wrong])).toBeLessThan(fresh - 0.1);
    expect(boundaries.chance(0.9, [wrong])).toBeLessThan(0.15);
  });
});

describe('the learner', () => {
  const risk: Risk = { maxErrorRate: 0.05, confidence: 0.95, margin: 0 };
  /** Chance of a right answer by similarity, in traffic of which nothing else is known. */
  const truth = (similarity: number): number => (similarity > 0.95 ? 0.99 : similarity > 0.85 ? 0.9 : 0.3);

  it('gives nothing before enough was compared, nor where too much is wrong', () => {
    const learner = new Learner();
    expect(learner.rule(risk)).toBeNull();
    for (let n = 0; n < 100; n++) learner.learn(0.99, [], { similarity: 1, correct: true });
    expect(learner.rule(risk)).toBeNull();
    for (let n = 0; n < 100; n++) learner.learn(0.99, [], { similarity: 1, correct: true });
    expect(learner.rule(risk)).toMatchObject({ compared: 200 });
    for (let n = 0; n < 20; n++) learner.learn(0.99, [], { similarity: 1, correct: false });
    expect(learner.rule(risk)).toBeNull();
    expect(learner.compared).toBe(220);
  });

  it('keeps the share of wrong answers below what is asked, and finds where answers are good', () => {
    const random = generator(11);
    let over = 0;
    let gave = 0;
    for (let run = 0; run < 8; run++) {
      const learner = new Learner();
      let [given, wrong] = [0, 0];
      for (let call = 0; call < 3000; call++) {
        const similarity = 0.7 + 0.3 * random();
        const correct = random() < truth(similarity);
        const chance = learner.chance(similarity, []);
        const rule = learner.rule(risk);
        const trusted = rule && similarity >= rule.leastSimilarity && chance >= rule.leastChance;
        if (trusted && random() >= 0.05) {
          given += 1;
          if (!correct) wrong += 1;
        } else learner.learn(chance, [], { similarity, correct });
      }
      if (given > 0) gave += 1;
      if (wrong > given * risk.maxErrorRate) over += 1;
    }
    expect(gave).toBeGreaterThan(4);
    expect(over).toBeLessThanOrEqual(1);
  });
});
