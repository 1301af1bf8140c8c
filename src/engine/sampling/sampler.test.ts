import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError, type SamplingOptions } from '../ports.ts';
import { createSampler, PLAIN_SAMPLING } from './index.ts';
import { referenceDistribution } from './testing/reference-sampler.contract.ts';

const NONE = { prompt: [], output: [] };

const optionsArb: fc.Arbitrary<SamplingOptions> = fc.record({
  temperature: fc.constantFrom(0, 0.3, 0.7, 1, 1.7),
  topK: fc.constantFrom(0, 1, 2, 5, 1000),
  topP: fc.constantFrom(0, 0.317, 0.613, 0.917, 1),
  minP: fc.constantFrom(0, 0.0513, 0.3171),
  seed: fc.integer(),
  frequencyPenalty: fc.constantFrom(0, 0.5, -0.7),
  presencePenalty: fc.constantFrom(0, 0.9, -0.3),
  repetitionPenalty: fc.constantFrom(1, 1.3, 0.8),
});

/** Few distinct values, so that ties are common; in eighths, so that both sides compute the same numbers. */
const logitsArb = fc.array(
  fc.integer({ min: -40, max: 40 }).map((n) => n / 8),
  { minLength: 1, maxLength: 40 },
);

/** How often each token comes in draws of places 0 to `draws` − 1. */
function frequencies(logits: readonly number[], options: SamplingOptions, draws: number, output: number[]) {
  const counts = logits.map(() => 0);
  for (let seed = 0; seed < draws; seed++) {
    const sampler = createSampler({ ...options, seed });
    const { token } = sampler.sample(Float32Array.from(logits), { prompt: [0], output }, null);
    counts[token]!++;
  }
  return counts;
}

describe('sampling', () => {
  it('draws only tokens that the reference keeps', () => {
    fc.assert(
      fc.property(
        logitsArb,
        optionsArb,
        fc.array(fc.nat(45), { maxLength: 8 }),
        (logits, options, output) => {
          const expected = referenceDistribution(logits, options, { prompt: [0], output });
          for (const [id, count] of frequencies(logits, options, 60, output).entries())
            if (count > 0) expect(expected[id]).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('has the reference’s probabilities (chi-square of 20,000 draws, fixed seeds)', () => {
    const logits = [2, 1.5, 1.5, 1, 0.5, 0, -1, -2, -4, 2.25];
    const cases: Partial<SamplingOptions>[] = [
      {},
      { temperature: 0.6 },
      { temperature: 1.8, topK: 4 },
      { topP: 0.8 },
      { minP: 0.15 },
      { temperature: 1.3, topK: 8, topP: 0.93, minP: 0.05 },
      { frequencyPenalty: 0.8, presencePenalty: 0.4, repetitionPenalty: 1.5 },
    ];
    for (const some of cases) {
      const options = { ...PLAIN_SAMPLING, ...some };
      const output = [1, 1, 3, 9];
      const expected = referenceDistribution(logits, options, { prompt: [0], output });
      const draws = 20_000;
      const counts = frequencies(logits, options, draws, output);
      let chi2 = 0;
      for (const [id, probability] of expected.entries()) {
        if (probability === 0) expect(counts[id]).toBe(0);
        else chi2 += (counts[id]! - draws * probability) ** 2 / (draws * probability);
      }
      // 99.99 % of chi-square with 9 degrees of freedom; the seeds are fixed, so this never changes.
      expect(chi2).toBeLessThan(33.7);
    }
  });

  it('is the same whether a step that keeps everything is there or not', () => {
    fc.assert(
      fc.property(logitsArb, fc.integer(), (logits, seed) => {
        const values = Float32Array.from(logits);
        const plain = createSampler({ ...PLAIN_SAMPLING, seed }).sample(values, NONE, null);
        const all = { ...PLAIN_SAMPLING, seed, topK: logits.length, topP: 1, minP: 0 };
        expect(createSampler(all).sample(values, NONE, null)).toEqual(plain);
      }),
    );
  });

  it('draws the same token again at the same place, other ones at others', () => {
    const values = new Float32Array(1000);
    const sampler = createSampler({ ...PLAIN_SAMPLING, seed: 7 });
    const output = Array.from({ length: 50 }, () => 0);
    const at = (length: number) =>
      sampler.sample(values, { prompt: [], output: output.slice(0, length) }, null).token;
    const first = output.map((_, place) => at(place));
    expect(output.map((_, place) => at(place))).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(40);
    expect(first.slice(0, 5)).toMatchInlineSnapshot(`
      [
        954,
        406,
        6,
        390,
        289,
      ]
    `);
  });

  it('takes the lowest id of equals at temperature 0', () => {
    const { token } = createSampler({ ...PLAIN_SAMPLING, temperature: 0 }).sample(
      Float32Array.of(1, 5, 3, 5),
      NONE,
      null,
    );
    expect(token).toBe(1);
  });

  it('reports log probabilities of the model’s own distribution', () => {
    fc.assert(
      fc.property(logitsArb, optionsArb, fc.nat(8), (logits, options, wanted) => {
        const sampled = createSampler(options).sample(
          Float32Array.from(logits),
          { prompt: [], output: [0, 0] },
          wanted,
        );
        const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
        expect(sampled.logprob).toBeCloseTo(logits[sampled.token]! - total, 8);
        const order = logits.map((_, id) => id).sort((a, b) => logits[b]! - logits[a]! || a - b);
        expect(sampled.top.map(({ token }) => token)).toEqual(order.slice(0, wanted));
        for (const { token, logprob } of sampled.top) expect(logprob).toBeCloseTo(logits[token]! - total, 8);
      }),
    );
  });

  it('counts a history that grows, and one that is another', () => {
    const options = { ...PLAIN_SAMPLING, temperature: 0, frequencyPenalty: 1 };
    const sampler = createSampler(options);
    const logits = Float32Array.of(1.5, 1, 0);
    const output: number[] = [];
    const tokens: number[] = [];
    for (let step = 0; step < 4; step++) {
      const { token } = sampler.sample(logits, { prompt: [], output }, null);
      output.push(token);
      tokens.push(token);
    }
    expect(tokens).toEqual(expectedGreedy(4));
    expect(sampler.sample(logits, { prompt: [], output: [] }, null).token).toBe(0);
  });

  it('survives temperatures near 0 and logits far apart', () => {
    const logits = Float32Array.of(-3e38, 3e38, 1, 2);
    for (const temperature of [1e-320, 1e-10, 1, 1e30])
      for (const topK of [0, 2, 3])
        for (const topP of [0.5, 1]) {
          const sampler = createSampler({ ...PLAIN_SAMPLING, temperature, topK, topP, seed: 3 });
          const { token, logprob } = sampler.sample(logits, NONE, 2);
          expect(logprob).not.toBeNaN();
          if (temperature < 1e20) expect(token).toBe(1);
        }
  });

  it('refuses logits that are not finite, wherever they stand', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const at of [0, 3, 9]) {
        const logits = new Float32Array(10);
        logits[at] = bad;
        const sampler = createSampler({ ...PLAIN_SAMPLING, temperature: at });
        expect(() => sampler.sample(logits, NONE, null)).toThrow(EngineError);
      }
  });

  it('says what is wrong with an option', () => {
    const wrong = (some: Partial<SamplingOptions>) => () => createSampler({ ...PLAIN_SAMPLING, ...some });
    expect(wrong({ temperature: -1 })).toThrow('temperature must be a number of at least 0.');
    expect(wrong({ temperature: Number.NaN })).toThrow(EngineError);
    expect(wrong({ topP: 1.1 })).toThrow('top_p must be a number from 0 to 1.');
    expect(wrong({ topK: 1.5 })).toThrow('top_k must be a whole number of at least 0.');
    expect(wrong({ repetitionPenalty: 0 })).toThrow(EngineError);
    expect(wrong({ seed: 0.5 })).toThrow(EngineError);
  });
});

/** Greedy with 1 off for each occurrence of logits 1.5, 1, 0; ties go to the lower id. */
function expectedGreedy(steps: number): number[] {
  const logits = [1.5, 1, 0];
  return Array.from({ length: steps }, () => {
    const best = logits.indexOf(Math.max(...logits));
    logits[best]! -= 1;
    return best;
  });
}
