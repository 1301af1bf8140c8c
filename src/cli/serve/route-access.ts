import type { RouteExperiment, RouteModel, RoutingAccess } from '../../api/index.ts';
import type { ArmSums } from '../../core/experiment.ts';
import { usdFromPico } from '../../core/money.ts';
import { ANY_TASK, type ExperimentMetric } from '../../core/plan/route.ts';
import type { PriceBook } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { usageOf } from '../../core/usage.ts';
import { evidence, type Routing } from '../../policy/route/index.ts';
import type { Upstreams } from '../../upstream/index.ts';
import type { OpenRouting } from './routing.ts';

export interface RouteAccessDeps {
  readonly routing: OpenRouting;
  readonly settings: () => Settings;
  readonly prices: () => PriceBook;
  readonly upstreams: () => Upstreams;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Prices a million of a kind by so many, so that no tier for long prompts is met. */
const PRICED_TOKENS = 1_000;
const A_MILLION = 1_000n;

/** What the management API shows of routing. */
export function routeAccess(deps: RouteAccessDeps): RoutingAccess {
  return {
    give: (feedback, record) => deps.routing.give(feedback, record),
    models: async () => {
      await deps.routing.ready;
      return targetsOf(deps).map((target) => modelOf(target, deps));
    },
    experiments: async () => experimentsOf(deps.routing),
  };
}

function targetsOf({ routing, settings }: RouteAccessDeps): readonly Target[] {
  const byName = new Map<string, Target>();
  for (const { plan, targets } of Object.values(settings().models))
    for (const target of [...targets, ...(plan.route.experiment?.b ?? [])])
      byName.set(formatTarget(target), target);
  for (const { target } of routing.table.targets) byName.set(formatTarget(target), target);
  return [...byName.values()];
}

function modelOf(target: Target, deps: RouteAccessDeps): RouteModel {
  const { now, routing, settings, upstreams } = deps;
  const { table } = routing;
  const name = formatTarget(target);
  const stats = table.stats(name);
  const { route } = settings().plan;
  const configured = Object.values(settings().models).flatMap(({ plan }) =>
    Object.keys(plan.route.quality[name] ?? {}),
  );
  const tasks = new Set([...table.ratedTasks(name), ...configured, ANY_TASK]);
  const asConfigured = Object.values(settings().models).find(({ plan }) => plan.route.quality[name])?.plan
    .route;
  return {
    target: name,
    inputUsd: millionUsd(target, 'input', deps),
    outputUsd: millionUsd(target, 'output', deps),
    ttftMs: latencyOf(stats?.ttft, now()),
    totalMs: latencyOf(stats?.total, now()),
    successRate: stats?.success.mean ?? null,
    outputTokens: stats?.output.mean ?? null,
    quality: [...tasks].map((task) => ({ task, ...table.quality(name, task, asConfigured ?? route) })),
    state: upstreams().isOpen(target) ? 'open' : upstreams().restsMs(target) > 0 ? 'resting' : 'ready',
  };
}

function latencyOf(
  histogram: { weight(now: number): number; quantile(share: number): number | null } | undefined,
  now: number,
): RouteModel['ttftMs'] {
  const weight = histogram?.weight(now) ?? 0;
  const p50 = histogram?.quantile(0.5) ?? null;
  const p95 = histogram?.quantile(0.95) ?? null;
  return p50 === null || p95 === null ? null : { p50, p95, weight };
}

function millionUsd(
  target: Target,
  kind: 'input' | 'output',
  { now, prices, settings }: RouteAccessDeps,
): string | null {
  const cost = prices().price({
    target,
    servedModel: null,
    providerKind: settings().providers[target.provider]?.kind ?? '',
    usage: usageOf({ [kind]: PRICED_TOKENS }),
    at: now(),
    serviceTier: null,
  });
  return cost.priced ? usdFromPico(cost.total * A_MILLION) : null;
}

function experimentsOf({ experiments }: Routing): readonly RouteExperiment[] {
  return experiments.states.map(({ a, b, endedAt, key, metric, rules, startedAt, status }) => ({
    key,
    metric,
    status,
    startedAt,
    endedAt,
    a: { outcomes: a.count, mean: meanOf(a, metric) },
    b: { target: rules.b.map(formatTarget).join(', '), outcomes: b.count, mean: meanOf(b, metric) },
    likelihoodRatio: evidence(metric, a, b, rules.effect).likelihoodRatio,
    stopsAt: 1 / rules.alpha,
  }));
}

function meanOf({ count, sum }: ArmSums, metric: ExperimentMetric): number | null {
  if (count === 0) return null;
  return metric === 'cost' || metric === 'latency' ? Math.exp(sum / count) : sum / count;
}
