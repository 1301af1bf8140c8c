import type { Call } from '../../core/call.ts';
import type { RouteSettings } from '../../core/plan/route.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import type { Candidate } from './candidate.ts';
import type { CostEstimator, Expected } from './expected.ts';
import type { ModelTable } from './stats/model-table.ts';

/** How targets are at the moment. */
export interface TargetHealth {
  /** Whether calls for this target are refused, because others failed. */
  readonly isOpen: (target: Target) => boolean;
  /** Milliseconds until the provider takes calls again that limited all our keys; 0 when it does. */
  readonly restsMs: (target: Target) => number;
}

/** Everything that is known of the targets, for one call. */
export function assess(
  call: Pick<Call, 'stream'>,
  settings: RouteSettings,
  targets: readonly Target[],
  task: string,
  expected: Expected,
  { costs, health, table }: { costs: CostEstimator; health: TargetHealth; table: ModelTable },
): readonly Candidate[] {
  const names = targets.map(formatTarget);
  const others = meanOutput(names, table);
  return targets.map((target, index) => {
    const name = names[index] ?? formatTarget(target);
    return {
      target,
      name,
      cost: costs.cost(target, expected.input, costs.outputTokens(name, expected, others)),
      p95Ms: table.latencyMs(name, call.stream, 0.95),
      p50Ms: table.latencyMs(name, call.stream, 0.5),
      quality: table.quality(name, task, settings),
      successRate: table.successRate(name),
      unwell: unwell(target, health),
    };
  });
}

function unwell(target: Target, { isOpen, restsMs }: TargetHealth): string | null {
  if (isOpen(target)) return 'it failed several times in a row';
  const rest = restsMs(target);
  return rest > 0 ? `its provider limits us for ${Math.ceil(rest)} ms more` : null;
}

/** A target that never answered is expected to say as much as the others do. */
function meanOutput(names: readonly string[], table: ModelTable): number | null {
  const known = names.map((name) => table.outputTokens(name)).filter((tokens) => tokens !== null);
  return known.length === 0 ? null : known.reduce((sum, tokens) => sum + tokens, 0) / known.length;
}
