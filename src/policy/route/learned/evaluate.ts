import type { Random } from '../../../core/ports.ts';

/** A question with what two targets made of it, and how much better the strong one was expected to be. */
export interface Judged {
  /** Outcome of the weak and of the strong target, from 0 to 1. */
  readonly weak: number;
  readonly strong: number;
  readonly gain: number;
}

export interface RouterReport {
  /** Share of calls that must go to the strong target to reach `fraction` of its quality. */
  readonly strongShare: number;
  /** The same for a router that tosses a coin, and for one that knows the outcomes. */
  readonly randomShare: number;
  readonly oracleShare: number;
  /**
   * Average performance gap recovered, over all shares (RouteLLM, arXiv 2406.18665, equation 9): 0.5 for a coin, 1 for a
   * router that has the strong one's quality at once.
   */
  readonly apgr: number;
}

/** @param fraction of the strong target's quality that is to be reached, such as 0.95 */
export function evaluateRouter(judged: readonly Judged[], fraction: number): RouterReport {
  const byGain = judged.toSorted((a, b) => b.gain - a.gain);
  const byOutcome = judged.toSorted((a, b) => b.strong - b.weak - (a.strong - a.weak));
  const weak = mean(judged.map((each) => each.weak));
  const strong = mean(judged.map((each) => each.strong));
  const aim = fraction * strong;
  return {
    strongShare: shareFor(byGain, aim),
    randomShare: strong === weak ? 0 : Math.min(1, Math.max(0, (aim - weak) / (strong - weak))),
    oracleShare: shareFor(byOutcome, aim),
    apgr: gapRecovered(byGain, weak, strong),
  };
}

function shareFor(ordered: readonly Judged[], aim: number): number {
  let sum = ordered.reduce((total, { weak }) => total + weak, 0);
  const needed = aim * ordered.length - 1e-9;
  for (const [index, { weak, strong }] of ordered.entries()) {
    if (sum >= needed) return index / ordered.length;
    sum += strong - weak;
  }
  return 1;
}

function gapRecovered(ordered: readonly Judged[], weak: number, strong: number): number {
  if (ordered.length === 0 || strong === weak) return 0;
  let recovered = 0;
  let area = 0;
  for (const each of ordered) {
    const before = recovered;
    recovered += (each.strong - each.weak) / ordered.length;
    area += (before + recovered) / 2;
  }
  return area / ordered.length / (strong - weak);
}

/** The 2.5th and 97.5th percentile of a figure over resamples of the questions (the bootstrap). */
export function interval(
  judged: readonly Judged[],
  figure: (sample: readonly Judged[]) => number,
  random: Random,
  samples = 1000,
): readonly [number, number] {
  const figures = Array.from({ length: samples }, () =>
    figure(judged.map(() => judged[Math.floor(random() * judged.length)]!)),
  ).sort((a, b) => a - b);
  return [figures[Math.floor(samples * 0.025)] ?? 0, figures[Math.floor(samples * 0.975)] ?? 0];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
