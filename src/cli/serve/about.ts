import type { About } from '../../api/index.ts';
import type { Settings } from '../../core/settings.ts';
import { formatTarget } from '../../core/target.ts';
import type { ProviderHealth } from '../../upstream/index.ts';
import type { ConfigStatus } from '../config/source.ts';

export interface AboutFacts {
  readonly version: string;
  readonly demo: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly store: { readonly healthy: boolean; readonly journaledRows: number };
  readonly config: ConfigStatus;
  readonly settings: Settings;
  readonly health: readonly ProviderHealth[];
  readonly workers: number;
  readonly keysRequired: boolean;
}

/** What the management API tells of this gateway. */
export function describeGateway(facts: AboutFacts): Omit<About, 'auth'> {
  const { version, demo, startedAt, store, config, settings, health, workers } = facts;
  return {
    name: 'infinite-llm',
    version,
    demo,
    startedAt,
    store: {
      kind: settings.store.url === settings.store.dataDir ? 'embedded' : 'postgres',
      healthy: store.healthy,
      journaledRows: store.journaledRows,
      bodies: settings.store.bodies,
    },
    config: { ...config },
    providers: health.map(({ dialects, keys, targets, ...provider }) => ({
      ...provider,
      dialects: [...dialects],
      keys: [...keys],
      targets: [...targets],
      gpu: settings.providers[provider.name]?.gpu ?? null,
    })),
    models: Object.values(settings.models).map(({ name, targets, strategy }) => ({
      name,
      targets: targets.map(formatTarget),
      strategy,
    })),
    workers,
    passthroughCredential: !facts.keysRequired,
  };
}
