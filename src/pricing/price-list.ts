import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { type ListedPrices, readPrices } from './price-keys.ts';

const PACKAGE = '@pydantic/genai-prices';

/** Name and version of the price list, as stamped on every row: `genai-prices@0.1.8`. */
export const LIST_VERSION = `genai-prices@${installedVersion()}`;

export interface ListedModel extends ListedPrices {
  /** The list's own name of the model, which stands for all its aliases and dated names. */
  readonly id: string;
}

/**
 * The model and its prices at that time. The list knows aliases, dated names, dated prices and prices by time of day.
 * Null when it does not know the model.
 */
export function findListed(listId: string, model: string, at: number): ListedModel | null {
  const found = calcPrice({}, model, { providerId: listId, timestamp: new Date(at) });
  return found && { id: found.model.id, ...readPrices(found.model_price) };
}

/** The names of a provider's models in the list, with the tokens that fit into each where that is known. */
export function listedModels(listId: string): readonly { id: string; contextWindow: number | null }[] {
  const models = findProvider({ providerId: listId })?.models ?? [];
  return models.map(({ id, context_window }) => ({ id, contextWindow: context_window ?? null }));
}

/** Tokens that fit into the model, prompt and answer together; null when the list does not know. */
export function listedContextWindow(listId: string, model: string): number | null {
  return calcPrice({}, model, { providerId: listId })?.model.context_window ?? null;
}

function installedVersion(): string {
  const entry = createRequire(import.meta.url).resolve(PACKAGE);
  const manifest = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
