import { CallError } from '../core/errors.ts';
import type { Handler } from '../core/ports.ts';
import type { ProviderSettings } from '../core/settings.ts';
import type { Target } from '../core/target.ts';
import { createProvider, type ProviderHealth, type ProviderUpstream, type UpstreamDeps } from './provider.ts';

/** Every configured provider. A changed configuration makes a new set and closes the old one. */
export interface Upstreams {
  get(provider: string): ProviderUpstream | undefined;
  /** Whether calls for this target are refused at the moment, because others failed. */
  isOpen(target: Target): boolean;
  /** Milliseconds until its provider takes calls for this target again that limited or refused all our keys; 0 when it does. */
  restsMs(target: Target): number;
  health(): readonly ProviderHealth[];
  /** Takes no new calls, and resolves when those under way have ended. */
  close(): Promise<void>;
}

export interface UpstreamsOptions extends UpstreamDeps {
  readonly providers: Readonly<Record<string, ProviderSettings>>;
}

/** @throws RangeError when a provider's settings make no sense */
export function createUpstreams({ providers, ...deps }: UpstreamsOptions): Upstreams {
  const byName = new Map(
    Object.values(providers).map((settings) => [settings.name, createProvider(settings, deps)]),
  );
  return {
    get: (provider) => byName.get(provider),
    isOpen: ({ provider, model }) => byName.get(provider)?.isOpen(model) ?? false,
    restsMs: ({ provider, model }) => byName.get(provider)?.restsMs(model) ?? 0,
    health: () => [...byName.values()].map((provider) => provider.health()),
    close: async () => {
      await Promise.all([...byName.values()].map((provider) => provider.close()));
    },
  };
}

/** The last handler of the pipeline. @param upstreams the set in force, asked anew for every attempt */
export function dispatch(upstreams: () => Upstreams): Handler {
  return function dispatching(call) {
    const { target } = call;
    if (!target) throw new CallError('internal', 'The call reached the providers before it was routed.');
    const upstream = upstreams().get(target.provider);
    if (!upstream)
      throw new CallError('model_not_found', `No provider is called ${JSON.stringify(target.provider)}.`);
    return upstream.send(call);
  };
}
