import type { Answer } from '../../../core/answer.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { CascadeConfidence } from '../../../core/plan/route.ts';
import { textOf } from './confidence.ts';

/** How likely an answer was to the model that gave it. Natural logarithms: 0 is certain. */
export interface Likelihood {
  /** Mean over the tokens, so that long answers are no worse than short ones. */
  readonly mean: number;
  /** Of the least likely token; null where the provider tells the mean alone. */
  readonly least: number | null;
  readonly tokens: number;
}

/** Providers write −9999 for what is too unlikely to say: one such token must not outweigh thousands. */
const FLOOR = -20;
/** Of the text's characters, how many the tokens must make up to stand for it. */
const LEAST_COVERED = 0.5;

/** Null where the provider did not tell, or told of a part of the answer alone. */
export function likelihoodOf(answer: Answer): Likelihood | null {
  const { tokens, mean } = answer.logprobs ?? { tokens: [] };
  if (tokens.length === 0) return mean === undefined ? null : { mean: clamped(mean), least: null, tokens: 0 };
  let sum = 0;
  let least = 0;
  let covered = 0;
  for (const { token, logprob } of tokens) {
    const value = clamped(logprob);
    sum += value;
    least = Math.min(least, value);
    covered += token.length;
  }
  if (covered < textOf(answer).length * LEAST_COVERED) return null;
  return { mean: sum / tokens.length, least, tokens: tokens.length };
}

function clamped(logprob: number): number {
  return Math.min(0, Math.max(FLOOR, logprob));
}

/** Why an answer is too unlikely to be trusted; null when it is not. */
export function unlikely({ mean, least }: Likelihood, limits: CascadeConfidence): string | null {
  const { minMeanLogprob, minTokenLogprob } = limits;
  if (minMeanLogprob !== null && mean < minMeanLogprob)
    return `its tokens have a mean log-probability of ${rounded(mean)}, of at least ${minMeanLogprob}`;
  if (minTokenLogprob !== null && least !== null && least < minTokenLogprob)
    return `one of its tokens has a log-probability of ${rounded(least)}, of at least ${minTokenLogprob}`;
  return null;
}

/** As a decision shows it. */
export function likelihoodDetails({
  mean,
  least,
  tokens,
}: Likelihood): JsonObject & { readonly meanLogprob: number } {
  return {
    meanLogprob: rounded(mean),
    ...(least !== null && { leastLogprob: rounded(least), tokens }),
  };
}

function rounded(logprob: number): number {
  return Math.round(logprob * 1e4) / 1e4;
}
