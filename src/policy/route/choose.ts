import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import type { NotedDecision } from '../../core/decision.ts';
import type { JsonObject } from '../../core/json.ts';
import { usdFromPico } from '../../core/money.ts';
import type { RouteStrategy } from '../../core/plan/route.ts';
import type { Clock, PriceBook, Random } from '../../core/ports.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import type { Target } from '../../core/target.ts';
import { assess, type TargetHealth } from './assess.ts';
import type { Candidate, Choice, Chosen } from './candidate.ts';
import { CostEstimator, expectedOf } from './expected.ts';
import type { Assignment, Experiments } from './experiments/experiments.ts';
import type { LearnedRouter } from './learned/learned-router.ts';
import { limitsOf, within } from './limits.ts';
import type { ModelTable } from './stats/model-table.ts';
import { STRATEGIES } from './strategies/index.ts';
import { sharedOut } from './strategies/weighted.ts';
import { type Task, taskOf } from './task.ts';

export interface ChooseDeps extends TargetHealth {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly prices: () => PriceBook;
  readonly providers: () => Readonly<Record<string, ProviderSettings>>;
  readonly table: ModelTable;
  readonly experiments: Experiments;
  readonly router: LearnedRouter | null;
}

/** What became of a choice: whom to ask in which order, and the decision that says why. */
export interface Routed {
  readonly targets: readonly Target[];
  readonly decision: Omit<NotedDecision, 'atMs'>;
  /** Whether cheap answers are checked before they are taken. */
  readonly cascades: boolean;
}

/** As much of the candidates as a decision shows. */
const MOST_SHOWN = 20;

/**
 * Chooses among a call's candidates by its plan and its headers.
 * @throws CallError `no_model_fits`, or `invalid_request` for a header that cannot be read
 */
export function choose(deps: ChooseDeps, call: Call, targets: readonly Target[]): Routed | Promise<Routed> {
  const { route: settings } = call.plan;
  const prompt = readable(call);
  const task = taskOf(call, prompt);
  const limits = limitsOf(call);
  const expected = expectedOf(call, prompt);
  const costs = new CostEstimator(deps.prices(), deps.providers(), deps.table, deps.clock.now());
  const look = (some: readonly Target[]): readonly Candidate[] =>
    assess(call, settings, some, task.name, expected, { costs, health: deps, table: deps.table });
  const all = look(targets);
  const candidates = within(all, limits, settings, task);
  const limited = limits.maxLatencyMs !== null || limits.minQuality !== null;
  // Limits alone ask for the cheapest that meets them.
  const strategy = settings.strategy === 'in-order' && limited ? 'cheapest' : settings.strategy;
  const { random, router, table } = deps;
  const choice: Choice = { call, settings, task, candidates, table, random, router };
  const finish = (chosen: Chosen): Routed => {
    const trial = onTrial(deps, call, limits, look, task);
    const order = trial?.first ? [...trial.first, ...chosen.order.filter(isNot(trial.first))] : chosen.order;
    const sorted = [
      ...order.filter(({ unwell }) => unwell === null),
      ...order.filter(({ unwell }) => unwell !== null),
    ];
    const [first] = sorted;
    const why = trial?.first ? 'the b side of an experiment' : chosen.why;
    const skipped = first !== order[0] ? ` (${order[0]?.name}: ${order[0]?.unwell})` : '';
    return {
      targets: sorted.map(({ target }) => target),
      cascades: strategy === 'cascade' && call.operation === 'generate' && prompt !== null && !trial?.first,
      decision: {
        stage: 'route',
        action: 'chose',
        why: `${first?.name}: ${why}${skipped}`,
        details: {
          strategy,
          task: task.name,
          taskFrom: task.from,
          ...(limits.maxLatencyMs !== null && { maxLatencyMs: limits.maxLatencyMs }),
          ...(limits.minQuality !== null && { minQuality: limits.minQuality }),
          ...(trial &&
            trial.assignment.counts && { experiment: trial.assignment.key, arm: trial.assignment.arm }),
          inputTokens: Math.ceil(expected.input),
          candidates: shown(all, candidates),
        },
        instead: { target: settings.reference ?? targets[0] ?? (first?.target as Target) },
      },
    };
  };
  const chosen = chosenBy(strategy, choice);
  return chosen instanceof Promise ? chosen.then(finish) : finish(chosen);
}

function chosenBy(strategy: RouteStrategy, choice: Choice): Chosen | Promise<Chosen> {
  const { session } = choice.call.caller;
  if (choice.settings.sticky && session !== null && strategy !== 'cascade')
    return { order: sharedOut(choice, session), why: 'the session keeps it' };
  return STRATEGIES[strategy](choice);
}

interface Trial {
  readonly assignment: Assignment;
  /** The b side, to be asked first; null on the a side. */
  readonly first: readonly Candidate[] | null;
}

/** Null when there is no experiment, or its b side does not meet the call's limits: then the call is no part of it. */
function onTrial(
  { experiments }: ChooseDeps,
  call: Call,
  limits: ReturnType<typeof limitsOf>,
  look: (targets: readonly Target[]) => readonly Candidate[],
  task: Task,
): Trial | null {
  const { experiment } = call.plan.route;
  if (!experiment || call.operation !== 'generate') return null;
  let first: readonly Candidate[];
  try {
    first = within(look(experiment.b), limits, call.plan.route, task);
  } catch {
    return null;
  }
  const assignment = experiments.assign(call.requestedModel, experiment, call.caller.session ?? call.id);
  return { assignment, first: assignment.arm === 'b' ? first : null };
}

function isNot(some: readonly Candidate[]): (candidate: Candidate) => boolean {
  return ({ name }) => !some.some((other) => other.name === name);
}

/** Null for a request that cannot be read here: its bytes may mean something to the provider all the same. */
function readable(call: Call): Prompt | null {
  if (call.operation !== 'generate') return null;
  try {
    return call.prompt();
  } catch {
    return null;
  }
}

function shown(all: readonly Candidate[], meeting: readonly Candidate[]): JsonObject[] {
  const fitting = new Set(meeting);
  return all.slice(0, MOST_SHOWN).map((candidate) => ({
    target: candidate.name,
    expectedUsd: candidate.cost === null ? null : usdFromPico(candidate.cost),
    p95Ms: candidate.p95Ms === null ? null : Math.round(candidate.p95Ms),
    quality: rounded(candidate.quality.mean),
    qualityLower: rounded(candidate.quality.lower),
    successRate: rounded(candidate.successRate),
    ...(candidate.unwell !== null && { unwell: candidate.unwell }),
    ...(!fitting.has(candidate) && { outsideLimits: true }),
  }));
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 1000;
}
