import { NO_LEVERS } from '../core/plan.ts';
import { Secret } from '../core/secret.ts';
import type { ModelAlias, ProviderSettings } from '../core/settings.ts';
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

/** Providers that all live on the simulated provider's port. `our-vllm` has no price: its calls show as unpriced. */
export function demoProviders(port: number): Readonly<Record<string, ProviderSettings>> {
  return Object.fromEntries(
    PROVIDERS.map(({ name, api, path }) => [
      name,
      {
        name,
        kind: api,
        baseUrl: `http://127.0.0.1:${port}${path}`,
        keys: [new Secret(`simulated-${name}-key`)],
        dialects: null,
        headers: {},
        models: demoModels(name),
        gpu: null,
      },
    ]),
  );
}

function demoModels(provider: string): string[] {
  const targets = WORKLOADS.flatMap((workload) => workload.targets);
  return [...new Set(targets.filter((target) => target.provider === provider).map((target) => target.model))];
}

/** The names `fast` and `careful`, as the workloads ask for them. */
export const DEMO_MODELS: Readonly<Record<string, ModelAlias>> = Object.fromEntries(
  WORKLOADS.filter(({ requestedModel }) => !requestedModel.includes('/')).map(
    ({ requestedModel, targets }) => [
      requestedModel,
      { name: requestedModel, targets, strategy: 'in-order', plan: NO_LEVERS },
    ],
  ),
);
