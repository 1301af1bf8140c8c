import { pipeline } from '../core/pipeline.ts';
import type {
  Background,
  Clock,
  Handler,
  Log,
  PriceBook,
  Random,
  Stage,
  TokenCounter,
} from '../core/ports.ts';
import type { Settings } from '../core/settings.ts';
import {
  exactCacheStage,
  prefixStage,
  type SemanticCacheDeps,
  semanticCacheStage,
} from '../policy/cache/index.ts';
import { compressStage } from '../policy/compress/index.ts';
import { compressTo, type ContextWindows, contextWindows, fitStage } from '../policy/fit/index.ts';
import { examplesStage, groundStage } from '../policy/ground/index.ts';
import { admitStage, reserveStage } from '../policy/admit/index.ts';
import { retryStage } from '../policy/retry/index.ts';
import { togetherStage } from '../policy/together/index.ts';
import { type Catalog, resolveStage, routeStage } from '../policy/route/index.ts';
import { knownModels, mostOutputTokens } from '../pricing/index.ts';
import { dispatch, providerKind, servedWindows, type Upstreams } from '../upstream/index.ts';
import { countLocally } from './count-locally.ts';
import { countShares } from './count-shares.ts';
import type { LeverServices } from './lever-services.ts';
import type { Machines } from './machines.ts';
import { readAnswer } from './read-answer.ts';

export interface PipelineDeps {
  readonly settings: () => Settings;
  readonly upstreams: () => Upstreams;
  readonly tokens: TokenCounter;
  readonly clock: Clock;
  readonly random: Random;
  readonly prices: () => PriceBook;
  readonly log: Log;
  readonly services: LeverServices;
}

/** What the gateway itself lends to the stages. */
export interface GatewayParts {
  readonly machines: Machines;
  readonly background: Background;
}

/** What the kinds of providers say of their models, for routing and for the models list. */
export const catalog: Catalog = {
  ownsModel: (kind, model) => providerKind(kind)?.ownsModel(model) ?? false,
  servesAnyModel: (kind) => providerKind(kind)?.servesAnyModel ?? false,
  knownModels: (kind) => knownModels(kind).map(({ id }) => id),
};

/** Every policy a call goes through, outermost first, and the providers at the end. The order is visible here only. */
export function callPipeline(deps: PipelineDeps, { machines, background }: GatewayParts): Handler {
  const { clock, log, random, services, settings, tokens, upstreams } = deps;
  const providers = () => settings().providers;
  const windows = windowsOf(deps);
  const reserve = budgetStage(deps, windows);
  const stages = [
    ...(services.admission ? [admitStage({ admission: services.admission, settings })] : []),
    resolveStage({ ...catalog, settings }),
    ...(services.examples ? [examplesStage({ book: services.examples, tokens, log })] : []),
    ...groundStages(services, log),
    ...(services.answers ? [exactCacheStage({ ...services.answers, readAnswer, clock, log })] : []),
    ...semanticCache({ ...services, readAnswer, clock, random, log }),
    togetherStage({
      tokens,
      clock,
      random,
      log,
      isHourly: ({ provider }) => (providers()[provider]?.gpu ?? null) !== null,
      count: countShares(services.admission, { prices: deps.prices, providers }),
    }),
    fitStage({
      windows,
      tokens,
      compressTo: compressTo({ ...services, tokens, guards: services.compressGuards }),
    }),
    compressStage({ ...services, clock, random, log, tokens, background, guards: services.compressGuards }),
    routeStage({
      isOpen: (target) => upstreams().isOpen(target),
      restsMs: (target) => upstreams().restsMs(target),
      clock,
      random,
      log,
      prices: deps.prices,
      providers,
      routing: services.routing,
      router: services.router,
    }),
    prefixStage({
      prices: deps.prices,
      kindOf: (target) => providers()[target.provider]?.kind ?? '',
      cachingOf: ({ provider }) => providerKind(providers()[provider]?.kind ?? '')?.promptCaching ?? null,
      clock,
      history: services.prefixHistory,
    }),
    ...(reserve ? [reserve] : []),
    retryStage({ clock, random, settings: () => settings().retry }),
    countLocally(tokens),
  ];
  return pipeline(stages, machines.timed(dispatch(upstreams)));
}

function windowsOf({ settings, clock }: Pick<PipelineDeps, 'settings' | 'clock'>): ContextWindows {
  const providers = () => settings().providers;
  return contextWindows({ providers, served: servedWindows({ providers, clock }) });
}

/** Keeps budgets, also of calls that are sent another way than through the pipeline; null where there are none. */
export function budgetStage(deps: PipelineDeps, windows: ContextWindows = windowsOf(deps)): Stage | null {
  const { prices, services, settings, tokens } = deps;
  if (!services.admission) return null;
  return reserveStage({
    admission: services.admission,
    pricing: () => ({
      prices: prices(),
      providers: settings().providers,
      windowOf: (target) => windows.of(target)?.tokens ?? null,
      mostOutputOf: ({ model }) => mostOutputTokens(model),
    }),
    tokens,
  });
}

function semanticCache({
  semanticCache: cache,
  embedder,
  ...deps
}: Pick<LeverServices, 'semanticCache' | 'embedder'> &
  Omit<SemanticCacheDeps, 'cache' | 'embedder'>): Stage[] {
  return cache && embedder ? [semanticCacheStage({ ...deps, cache, embedder })] : [];
}

/** Without documents and an embedding model there is nothing to ground on. */
function groundStages({ embedder, library }: LeverServices, log: Log): Stage[] {
  return embedder && library ? [groundStage({ embedder, library, readAnswer, log })] : [];
}
