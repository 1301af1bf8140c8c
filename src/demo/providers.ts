import type { JsonObject } from '../core/json.ts';
import { formatTarget } from '../core/target.ts';
import type { ProviderApi } from './provider/api.ts';
import { WORKLOADS } from './workloads.ts';

/** The demonstration's providers by name: which simulated API serves each, and below which path its base URL begins. */
const PROVIDERS: readonly { readonly name: string; readonly api: ProviderApi; readonly path: string }[] = [
  { name: 'openai', api: 'openai', path: '/openai/v1' },
  { name: 'anthropic', api: 'anthropic', path: '/anthropic' },
  { name: 'google', api: 'google', path: '/google' },
  { name: 'our-vllm', api: 'openai-compatible', path: '/openai-compatible/v1' },
];

/** The kind of provider behind a target's name, as the price book asks for it. */
export function kindOf(provider: string): string {
  return PROVIDERS.find(({ name }) => name === provider)?.api ?? 'openai-compatible';
}

/**
 * The demonstration's configuration as a user would write it: providers that all live on the simulated provider's port, and
 * levers. `our-vllm` has no price: its calls show as unpriced.
 */
export function demoConfig(port: number): JsonObject {
  return {
    providers: Object.fromEntries(
      PROVIDERS.map(({ name, api, path }) => [
        name,
        {
          kind: api,
          baseUrl: `http://127.0.0.1:${port}${path}`,
          keys: [`simulated-${name}-key`],
          models: demoModels(name),
        },
      ]),
    ),
    models: demoAliases(),
    engine: { enabled: false },
    cache: {
      // The imagined clients have no keys, and ask at the usual temperature.
      exact: { enabled: true, nondeterministic: true },
      prefix: { enabled: true },
    },
    budgets: [
      { name: 'everything', by: 'all', limitUsd: '500', per: 'month', unpriced: 'allow' },
      { name: 'by feature', by: 'tag:feature', limitUsd: '100', per: 'month', unpriced: 'allow' },
    ],
    batch: { poll: '3s', pollMax: '5s' },
  };
}

function demoModels(provider: string): string[] {
  const targets = WORKLOADS.flatMap((workload) => workload.targets);
  return [...new Set(targets.filter((target) => target.provider === provider).map((target) => target.model))];
}

/** The names `fast` and `careful`, as the workloads ask for them: the one goes to the cheapest, the other to the first. */
function demoAliases(): JsonObject {
  const aliases = WORKLOADS.filter(({ requestedModel }) => !requestedModel.includes('/'));
  return Object.fromEntries(
    aliases.map(({ requestedModel, targets }) => [
      requestedModel,
      {
        targets: targets.map(formatTarget),
        strategy: requestedModel === 'fast' ? 'cheapest' : 'in-order',
      },
    ]),
  );
}
