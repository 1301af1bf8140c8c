import { NO_LEVERS } from '../../core/plan.ts';
import { describe, expect, it } from 'vitest';
import { isCallError } from '../../core/errors.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import { type Catalog, resolve, type RouteSettings } from './resolve.ts';

const catalog: Catalog = {
  ownsModel: (kind, model) => (kind === 'openai' && model.startsWith('gpt-')) || kind === model,
  servesAnyModel: (kind) => kind === 'compatible',
  knownModels: (kind) => (kind === 'openai' ? ['gpt-4o', 'gpt-4o-mini'] : []),
};

function provider(name: string, kind: string, models: readonly string[] = []): ProviderSettings {
  return { name, kind, models, baseUrl: 'http://x', keys: [], dialects: null, headers: {}, gpu: null };
}

function settings(
  providers: readonly ProviderSettings[],
  aliases: RouteSettings['models'] = {},
): RouteSettings {
  return { providers: Object.fromEntries(providers.map((each) => [each.name, each])), models: aliases };
}

function targets(name: string, config: RouteSettings): string[] {
  return resolve(name, config, catalog).targets.map(({ provider, model }) => `${provider}/${model}`);
}

function refusal(name: string, config: RouteSettings): string {
  try {
    resolve(name, config, catalog);
  } catch (error) {
    if (isCallError(error)) return `${error.status} ${error.code}: ${error.message}`;
  }
  throw new Error('was resolved');
}

const openai = provider('openai', 'openai');
const vllm = provider('our-vllm', 'compatible');

describe('resolve', () => {
  it('takes the targets of an alias in their order', () => {
    const fast = {
      name: 'fast',
      strategy: 'in-order' as const,
      plan: NO_LEVERS,
      targets: [
        { provider: 'openai', model: 'gpt-4o-mini' },
        { provider: 'our-vllm', model: 'llama' },
      ],
    };
    expect(targets('fast', settings([openai, vllm], { fast }))).toEqual([
      'openai/gpt-4o-mini',
      'our-vllm/llama',
    ]);
  });

  it('takes provider/model for any model, also one with slashes', () => {
    expect(targets('our-vllm/meta-llama/Llama-3', settings([openai, vllm]))).toEqual([
      'our-vllm/meta-llama/Llama-3',
    ]);
  });

  it('does not take the vendor of a model for a provider', () => {
    expect(targets('meta-llama/Llama-3', settings([openai, vllm]))).toEqual(['our-vllm/meta-llama/Llama-3']);
  });

  it('finds a bare name at the providers that list it, before those that own such names', () => {
    const second = provider('second', 'compatible', ['gpt-oss']);
    expect(targets('gpt-oss', settings([openai, vllm, second]))).toEqual(['second/gpt-oss']);
    expect(targets('gpt-4o', settings([openai, vllm, second]))).toEqual(['openai/gpt-4o']);
  });

  it('asks every provider that knows a bare name, in the order of the configuration', () => {
    const other = provider('azure', 'openai');
    expect(targets('gpt-4o', settings([openai, other]))).toEqual(['openai/gpt-4o', 'azure/gpt-4o']);
  });

  it('gives an unknown name to the only server that may serve any model', () => {
    expect(targets('llama', settings([openai, vllm]))).toEqual(['our-vllm/llama']);
    expect(refusal('llama', settings([vllm, provider('other', 'compatible')]))).toMatch(
      /^404 model_not_found/,
    );
    expect(refusal('llama', settings([provider('listing', 'compatible', ['mistral'])]))).toMatch(/^404/);
  });

  it('refuses an unknown name with the nearest ones', () => {
    expect(refusal('gpt4o', settings([openai]))).toBe(
      '404 model_not_found: The model "gpt4o" does not exist here. Did you mean "gpt-4o"? GET /v1/models lists the names; "provider/model" reaches any model of openai.',
    );
  });

  it('says how to begin when nothing is configured', () => {
    expect(refusal('gpt-4o', settings([]))).toContain('No provider is configured');
  });

  it('is not fooled by names that every object has', () => {
    expect(refusal('constructor', settings([openai]))).toMatch(/^404/);
    expect(refusal('__proto__/x', settings([openai]))).toMatch(/^404/);
  });
});
