import type { Call } from '../../core/call.ts';
import { handover } from '../../core/handover.ts';
import type { Clock, Handler, Log, PriceBook, Random, Stage } from '../../core/ports.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import type { TargetHealth } from './assess.ts';
import { cascade } from './cascade/cascade.ts';
import { TellsNot } from './cascade/tells-not.ts';
import { choose, type ChooseDeps } from './choose.ts';
import type { LearnedRouter } from './learned/learned-router.ts';
import { LATENCY_HEADER, QUALITY_HEADER } from './limits.ts';
import { createRouting, type Routing } from './routing.ts';
import { tryEach } from './try-each.ts';

export interface RouteDeps extends TargetHealth {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly prices: () => PriceBook;
  readonly providers: () => Readonly<Record<string, ProviderSettings>>;
  /** Null: what is learnt is kept by the stage alone, and nobody tells it of finished calls. */
  readonly routing: Routing | null;
  /** For the strategy `learned`; null without an embedding model. */
  readonly router: LearnedRouter | null;
}

/** Chooses the target of each call among its candidates, and the next one while the answer has not begun. A target already set is kept. */
export function routeStage(deps: RouteDeps): Stage {
  const { table, experiments } = deps.routing ?? createRouting({ ...deps, store: null, bus: null });
  const choosing: ChooseDeps = { ...deps, table, experiments };
  const tellsNot = new TellsNot(deps.clock);
  return (next) =>
    function route(call) {
      const targets = call.candidates;
      if (call.target || !targets || targets.length === 0 || !isChosen(call))
        return inOrder(deps, next, call);
      return handover(async (reading) => {
        const routed = choose(choosing, call, targets);
        const { cascades, decision, targets: ordered } = routed instanceof Promise ? await routed : routed;
        call.trail.decide(decision);
        if (cascades && ordered.length > 1) return await cascade(next, call, ordered, reading, tellsNot);
        return await tryEach(next, call, ordered, reading);
      });
    };
}

/** Whether the call's plan or its headers ask for more than the given order. */
function isChosen({ operation, plan, wire }: Call): boolean {
  if (operation !== 'generate' && operation !== 'embed') return false;
  const { experiment, maxLatencyMs, minQuality, sticky, strategy } = plan.route;
  return (
    strategy !== 'in-order' ||
    maxLatencyMs !== null ||
    minQuality !== null ||
    sticky ||
    experiment !== null ||
    wire.headers[LATENCY_HEADER] !== undefined ||
    wire.headers[QUALITY_HEADER] !== undefined
  );
}

function inOrder(deps: TargetHealth, next: Handler, call: Call): ReturnType<Handler> {
  const targets = byHealth(call, deps);
  const [only] = targets;
  // With nowhere else to go, nothing need be kept back.
  if (only && targets.length === 1) return next({ ...call, target: only });
  return handover(async (reading) => await tryEach(next, call, targets, reading));
}

/** The call's targets; those whose circuit is open come last, as they are better than nothing. */
function byHealth(call: Call, deps: TargetHealth): readonly Target[] {
  const targets = call.target ? [call.target] : (call.candidates ?? []);
  const why = call.target ? 'the target was given' : call.resolvedBy;
  const open = targets.length > 1 ? targets.filter((target) => deps.isOpen(target)) : [];
  const ordered =
    open.length > 0 ? [...targets.filter((target) => !open.includes(target)), ...open] : targets;
  const [first] = ordered;
  if (open.length > 0 && open.length < targets.length)
    call.trail.decide({
      stage: 'route',
      action: 'skipped',
      why: `${open.map(formatTarget).join(', ')} failed several times in a row`,
    });
  if (first) call.trail.decide({ stage: 'route', action: 'chose', why: `${formatTarget(first)}: ${why}` });
  return ordered;
}
