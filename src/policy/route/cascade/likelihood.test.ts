import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../core/answer.ts';
import type { TokenLogprob } from '../../../core/logprobs.ts';
import { likelihoodDetails, likelihoodOf, unlikely } from './likelihood.ts';
import { TellsNot } from './tells-not.ts';

const token = (text: string, logprob: number): TokenLogprob => ({ token: text, logprob, top: [] });
function said(text: string, tokens: readonly TokenLogprob[], mean?: number): Answer {
  return {
    content: [{ type: 'text', text }],
    usage: null,
    finish: { type: 'finish', reason: 'stop' },
    logprobs: { tokens, ...(mean !== undefined && { mean }) },
  };
}
const LIMITS = { minMeanLogprob: -0.3, minTokenLogprob: -2 };

describe('the likelihood of an answer', () => {
  it('is the mean over its tokens, and that of the least likely one', () => {
    const likelihood = likelihoodOf(
      said('A cheap answer', [token('A cheap ', -0.5), token('answer', -0.125)]),
    );
    expect(likelihood).toEqual({ mean: -0.3125, least: -0.5, tokens: 2 });
    expect(likelihood && unlikely(likelihood, LIMITS)).toBe(
      'its tokens have a mean log-probability of -0.3125, of at least -0.3',
    );
    expect(likelihood && unlikely(likelihood, { ...LIMITS, minMeanLogprob: -0.3125 })).toBeNull();
    expect(likelihood && likelihoodDetails(likelihood)).toEqual({
      meanLogprob: -0.3125,
      leastLogprob: -0.5,
      tokens: 2,
    });
  });

  it('may be bound for each token', () => {
    const likelihood = likelihoodOf(said('ab', [token('a', -0.0001), token('b', -2.5)]));
    expect(likelihood && unlikely(likelihood, { minMeanLogprob: null, minTokenLogprob: -2 })).toBe(
      'one of its tokens has a log-probability of -2.5, of at least -2',
    );
  });

  it('may be known as a mean alone', () => {
    const likelihood = likelihoodOf(said('ab', [], -0.25));
    expect(likelihood).toEqual({ mean: -0.25, least: null, tokens: 0 });
    expect(likelihood && unlikely(likelihood, { minMeanLogprob: null, minTokenLogprob: -0.1 })).toBeNull();
    expect(likelihood && likelihoodDetails(likelihood)).toEqual({ meanLogprob: -0.25 });
  });

  it('is not known where little of the answer was measured', () => {
    expect(likelihoodOf(said('a long answer', [token('a ', -0.1)]))).toBeNull();
    expect(likelihoodOf({ ...said('a', []), logprobs: { tokens: [] } })).toBeNull();
  });

  it('stays within what counts, whatever a provider tells', () => {
    const tokens = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });
    fc.assert(
      fc.property(tokens, (logprobs) => {
        const list = logprobs.map((logprob) => token('x', logprob));
        const found = likelihoodOf(said('x'.repeat(list.length), list));
        expect(found?.mean).toBeLessThanOrEqual(0);
        expect(found?.mean).toBeGreaterThanOrEqual(-20);
        expect(found?.least).toBeLessThanOrEqual((found?.mean ?? 0) + 1e-9);
      }),
    );
  });
});

describe('what is known of targets that do not tell', () => {
  it('is forgotten after an hour, and bounded', () => {
    let now = 0;
    const tellsNot = new TellsNot({ now: () => now });
    tellsNot.add('a/x');
    expect(tellsNot.has('a/x')).toBe(true);
    expect(tellsNot.has('a/y')).toBe(false);
    now = 3_600_000;
    expect(tellsNot.has('a/x')).toBe(false);
    for (let index = 0; index <= 1_000; index++) tellsNot.add(`b/${index}`);
    expect(tellsNot.has('b/0')).toBe(false);
    expect(tellsNot.has('b/1')).toBe(true);
  });
});
