import type { JsonObject } from '../../src/core/json.ts';
import { PROVIDER_NAMES } from '../gateway-fixture.ts';
import type { ProviderApi } from '../fakes/index.ts';

/** What a client asks the gateway for, and what it must cost. */
export interface TargetCase {
  readonly api: ProviderApi;
  /** The name in the configuration that leads to the target. */
  readonly alias: string;
  readonly provider: string;
  readonly model: string;
  /** Exact dollars of `USED[api]`, computed by hand from the published prices; null where there is no price. */
  readonly costUsd: string | null;
}

export const TARGETS: readonly TargetCase[] = [
  {
    api: 'openai',
    alias: 'on-openai',
    provider: PROVIDER_NAMES.openai,
    model: 'gpt-4o-mini',
    // Dollars a million: 200 × 0.15 + 1,024 × 0.075 + 90 × 0.60 = 30 + 76.8 + 54
    costUsd: '0.0001608',
  },
  {
    api: 'anthropic',
    alias: 'on-anthropic',
    provider: PROVIDER_NAMES.anthropic,
    model: 'claude-sonnet-4-5',
    // 200 × 3 + 1,000 × 0.30 + 300 × 3.75 + 50 × 6 + 90 × 15 = 600 + 300 + 1,125 + 300 + 1,350
    costUsd: '0.003675',
  },
  {
    api: 'google',
    alias: 'on-google',
    provider: PROVIDER_NAMES.google,
    model: 'gemini-2.5-flash',
    // 200 × 0.30 + 1,000 × 0.03 + 90 × 2.50 = 60 + 30 + 225
    costUsd: '0.000315',
  },
  {
    api: 'openai-compatible',
    alias: 'on-vllm',
    provider: PROVIDER_NAMES['openai-compatible'],
    model: 'llama-3.1-8b',
    costUsd: null,
  },
];

/** The `models` part of a configuration with all the aliases. */
export const ALIASES: JsonObject = Object.fromEntries(
  TARGETS.map(({ alias, provider, model }) => [alias, { targets: [`${provider}/${model}`] }]),
);
