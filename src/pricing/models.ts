import type { Target } from '../core/target.ts';
import { listedContextWindow, listedModels } from './price-list.ts';
import { listName, pricingOf } from './providers.ts';

export interface KnownModel {
  readonly id: string;
  /** Tokens, prompt and answer together; null when unknown. */
  readonly contextWindow: number | null;
}

/** The models whose prices are listed for that kind of provider; empty for servers of one's own. */
export function knownModels(providerKind: string): readonly KnownModel[] {
  const { listId } = pricingOf(providerKind);
  return listId === null ? [] : listedModels(listId);
}

/** Tokens that fit into the target's model, prompt and answer together; null when unknown. */
export function contextWindow(target: Target, providerKind: string): number | null {
  const provider = pricingOf(providerKind);
  return provider.listId === null
    ? null
    : listedContextWindow(provider.listId, listName(provider, target.model));
}
