import { resolve } from 'node:path';
import { z } from 'zod';
import {
  ANY_TASK,
  type CascadeRules,
  type Evaluation,
  EXPERIMENT_METRICS,
  type Experiment,
  type ExperimentMetric,
  NO_ROUTE,
  ROUTE_STRATEGIES,
  type RouteSettings,
} from '../../../core/plan/route.ts';
import { didYouMean } from '../../../core/nearest.ts';
import { parseTarget } from '../../../core/target.ts';
import { TASK_NAME } from '../../../policy/route/index.ts';
import { duration } from '../amounts.ts';
import type { PathStep } from '../locate.ts';
import type { LeverContext } from './context.ts';
import { checkProvider, given } from './targets.ts';

const targetName = z
  .string()
  .regex(/^[^/\s]+\/\S+$/, 'must be "provider/model", such as "openai/gpt-4o-mini"');
const share = z.number().min(0).max(1);
const taskName = z.string().regex(TASK_NAME, 'must be a word in lower case, such as "code"');

/** A configured evaluation weighs as much as so many ratings, where it does not say of how many answers it is. */
const USUAL_EVALUATION = 50;

const evaluation = z
  .union([
    share,
    z.strictObject({
      score: share,
      of: z.number().gt(0).max(1_000_000).describe('Answers that were judged.'),
    }),
  ])
  .describe('Share of good answers; alone it weighs as much as 50 ratings.');

const logprob = z.number().min(-20).max(0);

const cascade = z
  .strictObject({
    refusal: z.boolean().optional().describe('Reject answers that say that they cannot. true by default.'),
    minChars: z
      .number()
      .int()
      .min(0)
      .max(100_000)
      .optional()
      .describe('Reject shorter answers. 0 by default.'),
    invalidJson: z
      .boolean()
      .optional()
      .describe(
        'Reject what is no JSON, or does not fit the schema, where JSON was asked for. true by default.',
      ),
    cutOff: z
      .boolean()
      .optional()
      .describe('Reject answers cut off at their maximum length. true by default.'),
    confidence: z
      .strictObject({
        minMeanLogprob: logprob
          .optional()
          .describe('Least mean over the tokens: -0.3 stands for tokens of 74 % on (geometric) average.'),
        minTokenLogprob: logprob.optional().describe('Least of any one token.'),
      })
      .optional()
      .describe(
        'Reject answers whose tokens were unlikely to the model itself, where it tells (OpenAI, Gemini, local and compatible servers). Not looked at by default.',
      ),
    judge: z
      .strictObject({
        target: targetName,
        minScore: share.optional().describe('Lower ratings are rejected. 0.6 by default.'),
      })
      .optional()
      .describe('A model that rates each cheap answer, at the expense of the call.'),
  })
  .describe('cascade: what makes a cheap answer be rejected.');

const experiment = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/)
      .optional()
      .describe('"experiment" by default.'),
    b: z
      .string()
      .min(1)
      .describe('What a share of the calls goes to: provider/model, or the name of an alias.'),
    share: z.number().gt(0).lt(1).optional().describe('Share of the calls; 0.1 by default.'),
    metric: z.enum(EXPERIMENT_METRICS).optional().describe('success by default.'),
    alpha: z
      .number()
      .gt(0)
      .max(0.5)
      .optional()
      .describe('Probability with which equal targets are told apart by mistake. 0.05 by default.'),
    effect: z
      .number()
      .gt(0)
      .max(10)
      .optional()
      .describe(
        'Difference of interest: 0.05 of all calls for success and feedback; 0.1 (10 %) for cost and latency.',
      ),
    minOutcomes: z.number().int().min(10).max(1_000_000).optional().describe('Of each side; 100 by default.'),
    mostOutcomes: z
      .number()
      .int()
      .min(20)
      .max(100_000_000)
      .optional()
      .describe('Of both sides, after which it ends without a finding. 100000 by default.'),
    adopt: z
      .boolean()
      .optional()
      .describe('Send all calls to b once it was found better. false by default: all go back.'),
  })
  .describe('A canary or A/B test that stops by itself, for the better or the worse.');

/** The section `route`, for all calls or for those of one alias. Every field may be left out. */
export const routeSection = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe('false: the targets in their order, whatever else is said here.'),
    strategy: z.enum(ROUTE_STRATEGIES).optional().describe('How targets are ordered. in-order by default.'),
    reference: targetName
      .optional()
      .describe('Whom savings are compared with; by default the first target of the alias.'),
    maxLatencyMs: duration
      .optional()
      .describe('Only targets whose 95th percentile is within this. The header x-illm-max-latency-ms wins.'),
    minQuality: share
      .optional()
      .describe('Only targets known to answer at least this share well. The header x-illm-min-quality wins.'),
    confidence: z
      .number()
      .gt(0.5)
      .lt(1)
      .optional()
      .describe('Of the lower bound of quality; 0.95 by default.'),
    unknownLatency: z
      .enum(['allow', 'refuse'])
      .optional()
      .describe('Whether a target of too few calls meets a limit of latency. allow by default.'),
    prior: z
      .strictObject({ score: share, of: z.number().gt(0).max(1_000_000) })
      .optional()
      .describe(
        'What is believed of a target before there is evidence. Score 0.5, weighing 2 ratings, by default.',
      ),
    quality: z
      .record(targetName, z.union([evaluation, z.record(taskName, evaluation)]))
      .optional()
      .describe('Evaluations by provider/model, and by task: { openai/gpt-4o: { code: 0.9, any: 0.8 } }.'),
    task: taskName.optional().describe('The task of all these calls; the header x-illm-task wins.'),
    weights: z
      .record(targetName, z.number().min(0).max(1_000_000))
      .optional()
      .describe('For weighted and sticky: shares by provider/model; 1 by default.'),
    sticky: z
      .boolean()
      .optional()
      .describe('Calls of one x-illm-session go to one target while it is healthy. false by default.'),
    cascade: cascade.optional(),
    priceWeight: z
      .number()
      .min(0)
      .max(10)
      .optional()
      .describe('bandit: how much better the dearest target must be rated than a free one. 0.2 by default.'),
    experiment: experiment.optional(),
    learned: z
      .strictObject({
        file: z.string().min(1).describe('Written by `infinite-llm route train`; relative to this file.'),
        minGain: share
          .optional()
          .describe('How much more success a dearer target must promise to be asked. 0.1 by default.'),
      })
      .optional()
      .describe('For strategy learned: a router trained on paired outcomes.'),
  })
  .describe('Which of its targets a call goes to.');

export type RouteEntry = z.output<typeof routeSection>;

/** The alias's fields win over those for all calls. */
export function buildRoute(
  all: RouteEntry | undefined,
  alias: RouteEntry | undefined,
  context: LeverContext,
): RouteSettings {
  const own = context.path.length === 0 ? all : alias;
  if (own) check(own, context);
  const entry = { ...all, ...given(alias ?? {}) };
  if (entry.enabled === false) return NO_ROUTE;
  const { cascade: rules, experiment: trial, learned, quality, reference, ...rest } = entry;
  const { enabled: _enabled, ...fields } = given(rest);
  return {
    ...NO_ROUTE,
    ...fields,
    reference: reference === undefined ? null : parseTarget(reference),
    quality: Object.fromEntries(
      Object.entries({ ...all?.quality, ...quality }).map(([name, value]) => [name, evaluationsOf(value)]),
    ),
    cascade: rules ? cascadeOf(rules) : NO_ROUTE.cascade,
    experiment: trial ? experimentOf(trial, context) : null,
    learned: learned
      ? { file: resolve(context.baseDir, learned.file), minGain: learned.minGain ?? 0.1 }
      : null,
  };
}

type EvaluationEntry = number | Evaluation;

function evaluationsOf(
  entry: EvaluationEntry | Readonly<Record<string, EvaluationEntry>>,
): Record<string, Evaluation> {
  if (typeof entry === 'number' || isEvaluation(entry)) return { [ANY_TASK]: evaluationOf(entry) };
  return Object.fromEntries(Object.entries(entry).map(([task, value]) => [task, evaluationOf(value)]));
}

function isEvaluation(entry: object): entry is Evaluation {
  return 'score' in entry && 'of' in entry && typeof entry.score === 'number' && typeof entry.of === 'number';
}

function evaluationOf(entry: EvaluationEntry): Evaluation {
  return typeof entry === 'number' ? { score: entry, of: USUAL_EVALUATION } : entry;
}

function cascadeOf({ confidence, judge, ...rules }: z.output<typeof cascade>): CascadeRules {
  const target = judge ? parseTarget(judge.target) : null;
  return {
    ...NO_ROUTE.cascade,
    ...given(rules),
    confidence: confidenceOf(confidence),
    judge: judge && target ? { target, minScore: judge.minScore ?? 0.6 } : null,
  };
}

/** A rule without a limit is none. */
function confidenceOf(given: z.output<typeof cascade>['confidence']): CascadeRules['confidence'] {
  const { minMeanLogprob = null, minTokenLogprob = null } = given ?? {};
  return minMeanLogprob === null && minTokenLogprob === null ? null : { minMeanLogprob, minTokenLogprob };
}

const USUAL_EFFECT: Readonly<Record<ExperimentMetric, number>> = {
  success: 0.05,
  feedback: 0.05,
  cost: 0.1,
  latency: 0.1,
};

function experimentOf(entry: z.output<typeof experiment>, { aliasTargets }: LeverContext): Experiment | null {
  const target = parseTarget(entry.b);
  const b = aliasTargets?.(entry.b)?.flatMap((name) => parseTarget(name) ?? []) ?? (target ? [target] : []);
  if (b.length === 0) return null;
  const metric = entry.metric ?? 'success';
  return {
    name: entry.name ?? 'experiment',
    b,
    share: entry.share ?? 0.1,
    metric,
    alpha: entry.alpha ?? 0.05,
    effect: entry.effect ?? USUAL_EFFECT[metric],
    minOutcomes: entry.minOutcomes ?? 100,
    mostOutcomes: entry.mostOutcomes ?? 100_000,
    adopt: entry.adopt ?? false,
  };
}

function check(own: RouteEntry, context: LeverContext): void {
  if (own.strategy === 'learned' && own.learned === undefined && context.path.length > 0)
    context.findings.error(
      [...context.path, 'route'],
      'is learned, but names no model',
      'Add "learned: { file: router.json }", made by "infinite-llm route train".',
    );
  const named: (readonly [string | undefined, readonly PathStep[]])[] = [
    [own.reference, ['reference']],
    [own.cascade?.judge?.target, ['cascade', 'judge', 'target']],
    ...Object.keys(own.quality ?? {}).map((name) => [name, ['quality', name]] as const),
    ...Object.keys(own.weights ?? {}).map((name) => [name, ['weights', name]] as const),
  ];
  for (const [name, at] of named) if (name !== undefined) checkProvider(name, ['route', ...at], context);
  const b = own.experiment?.b;
  if (b === undefined || context.aliases.includes(b)) return;
  if (parseTarget(b)) return checkProvider(b, ['route', 'experiment', 'b'], context);
  context.findings.error(
    [...context.path, 'route', 'experiment', 'b'],
    `is neither provider/model nor an alias: ${JSON.stringify(b)}`,
    didYouMean(b, context.aliases),
  );
}
