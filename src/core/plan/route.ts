import type { Target } from '../target.ts';

/** Ways to order the targets of a call. Each is one function in `src/policy/route/strategies/`. */
export const ROUTE_STRATEGIES = [
  'in-order',
  'cheapest',
  'fastest',
  'weighted',
  'cascade',
  'bandit',
  'learned',
] as const;
export type RouteStrategy = (typeof ROUTE_STRATEGIES)[number];

/** Evidence on how good a target is at a task: a share of good answers, and how many answers were judged. */
export interface Evaluation {
  /** From 0 to 1. */
  readonly score: number;
  /** Weighs as much as so many ratings by users. */
  readonly of: number;
}

/** The name of the task under which evidence counts for every task that has none of its own. */
export const ANY_TASK = 'any';

/** What makes a cheap answer be rejected and a dearer target be asked. */
export interface CascadeRules {
  /** An answer that says that it cannot or will not. */
  readonly refusal: boolean;
  /** Answers with fewer characters and no call of a tool; 0: any length will do. */
  readonly minChars: number;
  /** JSON was asked for, and the answer is none or does not fit the schema. */
  readonly invalidJson: boolean;
  /** The answer was cut off at its maximum length. */
  readonly cutOff: boolean;
  /** Looks at the log-probabilities of the answer's tokens, where the target tells them; null: not asked for. */
  readonly confidence: CascadeConfidence | null;
  /** A model that is asked whether the answer will do; null: none. */
  readonly judge: CascadeJudge | null;
}

/** How likely an answer must have been to the model that gave it. Natural logarithms: 0 is certain. */
export interface CascadeConfidence {
  /** Least mean over the tokens; null: any. */
  readonly minMeanLogprob: number | null;
  /** Least of any one token; null: any. */
  readonly minTokenLogprob: number | null;
}

export interface CascadeJudge {
  readonly target: Target;
  /** From 0 to 1: answers that it rates lower are rejected. */
  readonly minScore: number;
}

export const EXPERIMENT_METRICS = ['success', 'feedback', 'cost', 'latency'] as const;
export type ExperimentMetric = (typeof EXPERIMENT_METRICS)[number];

/** A share of the calls goes to another target, until a sequential test knows which of the two is better. */
export interface Experiment {
  readonly name: string;
  /** What the calls of the experiment are answered by, first of all. */
  readonly b: readonly Target[];
  /** Of the calls, from 0 to 1. */
  readonly share: number;
  readonly metric: ExperimentMetric;
  /** Probability with which two equal targets are told apart, however often one looks. */
  readonly alpha: number;
  /** Difference of the metric that is of interest, in its own unit: where the test is most powerful. */
  readonly effect: number;
  /** Outcomes of each side before anything is said. */
  readonly minOutcomes: number;
  /** Outcomes of both sides together after which nothing was found. */
  readonly mostOutcomes: number;
  /** Whether all calls go to `b` once it was found better; else they go back to where they went before. */
  readonly adopt: boolean;
}

/** A router trained on paired outcomes. */
export interface LearnedRouting {
  /** As `infinite-llm route train` wrote it. */
  readonly file: string;
  /** How much more success, from 0 to 1, a dearer target must promise to be asked. */
  readonly minGain: number;
}

/** Settings of the lever `route`. */
export interface RouteSettings {
  readonly strategy: RouteStrategy;
  /** With whom savings are compared; null: with the first candidate. */
  readonly reference: Target | null;
  /** Highest 95th percentile of the latency, milliseconds: to the first token for streams, to the end otherwise. */
  readonly maxLatencyMs: number | null;
  /** Lowest lower bound of the share of good answers. */
  readonly minQuality: number | null;
  /** Of the lower bound of quality, in (0.5, 1). */
  readonly confidence: number;
  /** Whether a target whose latency is not known yet meets a limit of latency. */
  readonly unknownLatency: 'allow' | 'refuse';
  /** What is believed of a target before there is evidence. */
  readonly prior: Evaluation;
  /** By `provider/model` and task. */
  readonly quality: Readonly<Record<string, Readonly<Record<string, Evaluation>>>>;
  /** The task of all these calls; null: told by rules. The header `x-illm-task` wins. */
  readonly task: string | null;
  /** By `provider/model`, for `weighted` and `sticky`; 1 where nothing is said. */
  readonly weights: Readonly<Record<string, number>>;
  /** Calls of one `x-illm-session` go to the same target while it is healthy. */
  readonly sticky: boolean;
  readonly cascade: CascadeRules;
  /** `bandit`: how much better (0 to 1) the dearest candidate must be rated than one that costs nothing. */
  readonly priceWeight: number;
  readonly experiment: Experiment | null;
  readonly learned: LearnedRouting | null;
}

/** As it is when nothing is configured: the candidates in their order. */
export const NO_ROUTE: RouteSettings = {
  strategy: 'in-order',
  reference: null,
  maxLatencyMs: null,
  minQuality: null,
  confidence: 0.95,
  unknownLatency: 'allow',
  prior: { score: 0.5, of: 2 },
  quality: {},
  task: null,
  weights: {},
  sticky: false,
  cascade: { refusal: true, minChars: 0, invalidJson: true, cutOff: true, confidence: null, judge: null },
  priceWeight: 0.2,
  experiment: null,
  learned: null,
};
