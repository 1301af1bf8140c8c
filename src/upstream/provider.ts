import type { Call } from '../core/call.ts';
import { CallError } from '../core/errors.ts';
import type { Part } from '../core/part.ts';
import type { Bus, Clock, Log, Random, Upstream } from '../core/ports.ts';
import type { Limits, ProviderSettings } from '../core/settings.ts';
import type { Target } from '../core/target.ts';
import { DIALECTS, dialectNamed } from '../dialects/index.ts';
import { createBreakers, type TargetHealth } from './breaker/breakers.ts';
import { parseBaseUrl } from './http/base-url.ts';
import { connectionsTo } from './http/connections.ts';
import { createKeyPool, type KeyHealth } from './keys/key-pool.ts';
import { COOLDOWN_TOPIC, formatRest, parseRest } from './keys/key-rest.ts';
import type { ProviderContext } from './provider-context.ts';
import { providerKind } from './providers/index.ts';
import type { Plan } from './send/plan.ts';
import { rawPlan } from './send/raw-plan.ts';
import { canRelay, relayPlan } from './send/relay-plan.ts';
import { Sending } from './send/sending.ts';
import { translatePlan } from './send/translate-plan.ts';

export interface UpstreamDeps {
  readonly limits: Limits;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How a provider is doing, as the management API shows it. */
export interface ProviderHealth {
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly dialects: readonly string[];
  readonly keys: readonly KeyHealth[];
  readonly targets: readonly TargetHealth[];
}

export interface ProviderUpstream extends Upstream {
  /** Whether calls for this model are refused at the moment, because others failed. */
  isOpen(model: string): boolean;
  /** Milliseconds until one of our keys may be used for this model; 0 when one may. */
  restsMs(model: string): number;
  health(): ProviderHealth;
  /** Takes no new calls, and resolves when those under way have ended. */
  close(): Promise<void>;
}

/** @throws RangeError when the settings make no sense */
export function createProvider(settings: ProviderSettings, deps: UpstreamDeps): ProviderUpstream {
  const { bus, clock, random } = deps;
  const at = contextOf(settings, deps);
  const connections = connectionsTo(at.base.origin, at.limits.connectMs);
  const breakers = createBreakers(settings.models, clock, random);
  const keys = createKeyPool(settings.keys, clock, random, (rest) =>
    bus.publish(COOLDOWN_TOPIC, formatRest(at.name, rest)),
  );
  const unsubscribe = bus.subscribe(COOLDOWN_TOPIC, (message) => {
    const rest = parseRest(at.name, message);
    if (rest) keys.learn(rest);
  });
  const machinery = { at, connections, keys, breakers };
  const dialects = at.dialects.map(({ name }) => name);

  return {
    provider: at.name,
    dialects,
    send(call): AsyncIterable<Part> {
      const { target } = call;
      if (!target) throw new CallError('internal', 'The call has no target.');
      return new Sending(machinery, call, target, () => planFor(at, call, target)).parts;
    },
    isOpen: (model) => breakers.isOpen(model),
    restsMs: (model) => (keys.size === 0 ? 0 : keys.readyInMs(model)),
    health: () => ({
      name: at.name,
      kind: at.kind.kind,
      baseUrl: at.base.origin + at.base.path,
      dialects,
      keys: keys.health(),
      targets: breakers.health(),
    }),
    close: async () => {
      unsubscribe();
      await connections.close();
    },
  };
}

function contextOf(settings: ProviderSettings, { limits, clock, log }: UpstreamDeps): ProviderContext {
  const { name } = settings;
  const kind = providerKind(settings.kind);
  if (!kind)
    throw new RangeError(`providers.${name}.kind: there is no kind ${JSON.stringify(settings.kind)}`);
  return {
    name,
    kind,
    base: parseBaseUrl(settings.baseUrl),
    dialects: (settings.dialects ?? kind.dialects).map((dialect) => dialectNamed(dialect)),
    headers: lowerCased(settings.headers),
    limits,
    clock,
    log,
  };
}

function planFor(at: ProviderContext, call: Call, target: Target): Plan {
  if (call.operation === 'relay') return rawPlan(at, call);
  const dialect = DIALECTS.find(({ name }) => name === call.dialect);
  return dialect && canRelay(at, call, dialect)
    ? relayPlan(at, call, target, dialect)
    : translatePlan(at, call, target);
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
