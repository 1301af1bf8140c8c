import { Secret } from '../../core/secret.ts';
import type { ProviderSettings, Settings } from '../../core/settings.ts';
import { LOCAL_PROVIDER } from '../config/engine.ts';
import type { ConfigSource } from '../config/source.ts';
import type { LocalAccess } from './local-engines.ts';

type Config = Pick<ConfigSource, 'current' | 'subscribe' | 'status'>;

/** The configuration with the engines of this machine as one more provider, so that nothing else need know of them. */
export function withLocalProvider(config: Config, access: LocalAccess | null): Config {
  if (!access) return config;
  // Made once for each reading: others compare settings by identity.
  const made = new WeakMap<Settings, Settings>();
  const add = (settings: Settings): Settings => {
    const known = made.get(settings);
    if (known) return known;
    const provider = localProvider(settings, access);
    const added = { ...settings, providers: { ...settings.providers, [LOCAL_PROVIDER]: provider } };
    made.set(settings, added);
    return added;
  };
  return {
    current: () => add(config.current()),
    status: () => config.status(),
    subscribe: (listener) => config.subscribe((settings) => listener(add(settings))),
  };
}

function localProvider({ engine }: Settings, { baseUrl, key, models }: LocalAccess): ProviderSettings {
  return {
    name: LOCAL_PROVIDER,
    kind: 'openai-compatible',
    baseUrl,
    keys: [new Secret(key)],
    dialects: null,
    headers: {},
    models,
    gpu: engine.machine,
  };
}
