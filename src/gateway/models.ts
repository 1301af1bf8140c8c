import type { IncomingHttpHeaders } from 'node:http';
import { type Dialect, type ListedModel } from '../core/dialect.ts';
import { CallError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { didYouMean } from '../core/nearest.ts';
import type { Settings } from '../core/settings.ts';

/** Every name a client may ask for: the aliases first, then what each provider is known to offer. */
export function listModels(settings: Settings, known: (kind: string) => readonly string[]): ListedModel[] {
  const listed = new Map<string, ListedModel>();
  const add = (id: string, provider: string): void => {
    if (!listed.has(id)) listed.set(id, { id, provider, created: 0 });
  };
  for (const alias of Object.keys(settings.models)) add(alias, 'infinite-llm');
  for (const provider of Object.values(settings.providers)) {
    for (const model of provider.models) add(`${provider.name}/${model}`, provider.name);
    for (const model of known(provider.kind)) add(`${provider.name}/${model}`, provider.name);
  }
  return [...listed.values()];
}

/** The models list, or one of its entries, in the dialect that the request looks like. */
export function modelsAnswer(
  endpoint: { readonly list: 'v1' | 'v1beta'; readonly id: string | null },
  headers: IncomingHttpHeaders,
  models: readonly ListedModel[],
  dialects: { readonly openai: Dialect; readonly anthropic: Dialect; readonly gemini: Dialect },
): JsonObject {
  const anthropic = headers['anthropic-version'] !== undefined;
  const dialect =
    endpoint.list === 'v1beta' ? dialects.gemini : anthropic ? dialects.anthropic : dialects.openai;
  const { id } = endpoint;
  if (id === null) return dialect.formatModels(models);
  const found =
    models.find((model) => model.id === id) ?? models.find((model) => model.id.endsWith(`/${id}`));
  if (!found)
    throw new CallError(
      'model_not_found',
      `No model is called ${JSON.stringify(id)}. ${didYouMean(
        id,
        models.map((model) => model.id),
      )}`.trim(),
    );
  const list = Object.values(dialect.formatModels([found])).find((value) => Array.isArray(value));
  const [only] = Array.isArray(list) ? list : [];
  return isObject(only) ? only : {};
}
