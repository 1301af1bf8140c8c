import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../candidate.ts';
import { chooseLearned } from './choose.ts';
import { evaluateRouter, interval, type Judged } from './evaluate.ts';
import { fitHead, successOf } from './logistic.ts';
import { minimize } from './minimize.ts';
import { checkSamples, readSamples } from './read-samples.ts';
import { formatRouterModel, parseRouterModel } from './router-model.ts';
import { heldOutPredictions, type Sample, trainHeads } from './train.ts';

/** Uniform in [0, 1), the same each time (a linear congruence of Numerical Recipes). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function unit(random: () => number, size: number): Float32Array {
  const vector = Float32Array.from({ length: size }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

describe('minimize', () => {
  it('finds the bottom of any bowl', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.integer({ min: -9, max: 9 })), {
          minLength: 1,
          maxLength: 6,
        }),
        (axes) => {
          const found = minimize((at, gradient) => {
            let value = 0;
            axes.forEach(([steepness, centre], i) => {
              const away = (at[i] ?? 0) - centre;
              value += (steepness / 2) * away ** 2;
              gradient[i] = steepness * away;
            });
            return value;
          }, new Float64Array(axes.length));
          axes.forEach(([, centre], i) => expect(found[i]).toBeCloseTo(centre, 2));
        },
      ),
    );
  });
});

describe('fitHead', () => {
  it('learns which side of a plane succeeds', () => {
    const random = seeded(1);
    const vectors = Array.from({ length: 400 }, () => unit(random, 8));
    const outcomes = vectors.map((vector) => (vector[0]! > 0.1 ? 1 : 0));
    const head = fitHead(vectors, outcomes, 0.1);
    const right = vectors.filter((vector, i) => successOf(head, vector) > 0.5 === (outcomes[i] === 1));
    expect(right.length / vectors.length).toBeGreaterThan(0.95);
  });

  it('is at the lowest point: no small change of a weight lowers the regularised loss', () => {
    const random = seeded(2);
    const vectors = Array.from({ length: 60 }, () => unit(random, 3));
    const outcomes = vectors.map(() => Math.round(random() * 4) / 4);
    const { weights, bias } = fitHead(vectors, outcomes, 2);
    const loss = (w: readonly number[], b: number): number =>
      vectors.reduce((sum, vector, i) => {
        const p = successOf({ weights: w, bias: b }, vector);
        return sum - outcomes[i]! * Math.log(p) - (1 - outcomes[i]!) * Math.log(1 - p);
      }, 0) + w.reduce((sum, each) => sum + each * each, 0);
    const lowest = loss(weights, bias);
    for (const step of [-0.01, 0.01]) {
      expect(loss(weights, bias + step)).toBeGreaterThan(lowest);
      weights.forEach((_, i) =>
        expect(
          loss(
            weights.map((each, j) => (i === j ? each + step : each)),
            bias,
          ),
        ).toBeGreaterThan(lowest),
      );
    }
  });
});

const judged = (weak: number, strong: number, gain: number): Judged => ({ weak, strong, gain });

describe('evaluateRouter', () => {
  it('counts by hand', () => {
    // The strong one is right on all four, the weak one on two; a perfect router asks it for those two alone.
    const all = [judged(1, 1, 0), judged(0, 1, 0.9), judged(1, 1, 0.1), judged(0, 1, 0.8)];
    expect(evaluateRouter(all, 1)).toEqual({
      strongShare: 0.5,
      randomShare: 1,
      oracleShare: 0.5,
      apgr: 0.75,
    });
    expect(evaluateRouter(all, 0.75).randomShare).toBe(0.5);
  });

  it('gives a coin an area of one half, within its interval', () => {
    const random = seeded(3);
    const all = Array.from({ length: 2000 }, () =>
      judged(Math.round(random() * 0.8), Math.round(random() * 0.4 + 0.5), random()),
    );
    const [low, high] = interval(all, (sample) => evaluateRouter(sample, 0.95).apgr, random, 200);
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
  });

  it('never beats the oracle', () => {
    const outcomes = fc.record({
      weak: fc.integer({ min: 0, max: 1 }),
      strong: fc.integer({ min: 0, max: 1 }),
      gain: fc.double({ min: -1, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(outcomes, { minLength: 1, maxLength: 40 }), (all) => {
        const { strongShare, oracleShare } = evaluateRouter(all, 0.95);
        expect(strongShare).toBeGreaterThanOrEqual(oracleShare);
      }),
    );
  });
});

function candidate(name: string, cost: bigint | null): Candidate {
  const [provider = '', model = ''] = name.split('/');
  return { name, cost, target: { provider, model }, successRate: 1 } as unknown as Candidate;
}

describe('chooseLearned', () => {
  const heads = { 'p/cheap': { weights: [0], bias: 0 }, 'p/dear': { weights: [2], bias: 0 } };
  const model = { dimensions: 1, heads };
  const [cheap, dear, other] = [candidate('p/cheap', 1n), candidate('p/dear', 9n), candidate('p/other', 0n)];

  it('takes the dearer one where it promises enough more', () => {
    const order = (x: number, minGain: number): string[] =>
      chooseLearned([dear, cheap], model, Float32Array.of(x), minGain).order.map(({ name }) => name);
    expect(order(1, 0.2)).toEqual(['p/dear', 'p/cheap']);
    expect(order(1, 0.5)).toEqual(['p/cheap', 'p/dear']);
    expect(order(-1, 0)).toEqual(['p/cheap', 'p/dear']);
  });

  it('puts those last that it was not trained on, and says so when it knows none', () => {
    const vector = Float32Array.of(1);
    expect(chooseLearned([other, cheap], model, vector, 0.1).order[0]).toBe(cheap);
    expect(chooseLearned([other], model, vector, 0.1)).toEqual({
      order: [other],
      why: 'the router was trained on none of them',
    });
  });
});

describe('training', () => {
  const random = seeded(4);
  const vectors = Array.from({ length: 200 }, () => unit(random, 4));
  const samples: Sample[] = vectors.map((vector, i) => ({
    prompt: `question ${i}`,
    group: `group ${i % 10}`,
    outcomes: { 'p/weak': vector[0]! > 0 ? 1 : 0, 'p/strong': 1 },
  }));

  it('predicts for groups that it never saw', () => {
    const predictions = heldOutPredictions(samples, vectors);
    const report = evaluateRouter(
      predictions.map((each, i) => ({
        weak: samples[i]!.outcomes['p/weak']!,
        strong: 1,
        gain: each['p/strong']! - each['p/weak']!,
      })),
      0.95,
    );
    expect(report.strongShare).toBeLessThan(report.randomShare * 0.8);
  });

  it('makes a file that reads back the same', () => {
    const model = { dimensions: 4, heads: trainHeads(samples, vectors) };
    expect(parseRouterModel(formatRouterModel(model))).toEqual(model);
  });

  it.each([
    ['{}', 'no router model'],
    ['{"format":"infinite-llm-router-1","dimensions":4,"heads":{"a":{}}}', 'fewer than two'],
    [
      '{"format":"infinite-llm-router-1","dimensions":1,"heads":{"a":{"weights":[1],"bias":0},"b":{"weights":["1"],"bias":0}}}',
      'head for b',
    ],
  ])('refuses %s', (text, why) => {
    expect(() => parseRouterModel(text)).toThrow(why);
  });
});

describe('readSamples', () => {
  it('reads CSV with quotes and line breaks', () => {
    const text = 'prompt,weak,strong\r\n"What is ""x"",\nand y?",True,False\n\nhi,0.5,1\n';
    expect(readSamples(text, 'a.csv', { weak: 'p/w' })).toEqual([
      { prompt: 'What is "x",\nand y?', group: 'a.csv', outcomes: { 'p/w': 1, strong: 0 } },
      { prompt: 'hi', group: 'a.csv', outcomes: { 'p/w': 0.5, strong: 1 } },
    ]);
  });

  it('reads JSON lines', () => {
    const line = { prompt: 'hi', group: 'g', outcomes: { a: true, b: 0.25 } };
    expect(readSamples(`${JSON.stringify(line)}\n\n`, 'x.jsonl')).toEqual([
      { prompt: 'hi', group: 'g', outcomes: { a: 1, b: 0.25 } },
    ]);
  });

  it.each([
    ['question,a\nhi,1', 'a.csv:1: no column is called "prompt"'],
    ['prompt,a\nhi,maybe', 'a.csv, record 2: "maybe" is no outcome'],
    ['prompt,a\nhi', 'a.csv, record 2: 1 fields where the header has 2'],
    ['{"prompt":1}', 'a.csv:1: expected "prompt" and "outcomes"'],
    ['{"prompt"', 'a.csv:1: no JSON object'],
  ])('says where %j is wrong', (text, why) => {
    expect(() => readSamples(text, 'a.csv')).toThrow(why);
  });

  it('wants the same targets everywhere, enough samples and groups', () => {
    const sample = (group: string, outcomes: Sample['outcomes']): Sample => ({
      prompt: 'x',
      group,
      outcomes,
    });
    const many = (group: (i: number) => string): Sample[] =>
      Array.from({ length: 60 }, (_, i) => sample(group(i), { a: 1, b: 0 }));
    expect(() => checkSamples(many((i) => `${i % 2}`))).not.toThrow();
    expect(() => checkSamples(many(() => 'one'))).toThrow('one group');
    expect(() => checkSamples(many((i) => `${i}`).slice(0, 9))).toThrow('too few');
    expect(() => checkSamples([sample('g', { a: 1 })])).toThrow('two targets');
    expect(() => checkSamples([sample('g', { a: 1, b: 1 }), sample('g', { a: 1, c: 1 })])).toThrow(
      'same targets',
    );
  });
});
