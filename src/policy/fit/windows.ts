import type { ProviderSettings } from '../../core/settings.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { contextWindow } from '../../pricing/index.ts';

/** How many tokens a model takes, prompt and answer together, and who says so. */
export interface ContextWindow {
  readonly tokens: number;
  readonly from: 'config' | 'server' | 'refusal' | 'list';
}

/** What is known of the windows of models. What is not known is null, never a guess. */
export interface ContextWindows {
  of(target: Target): ContextWindow | null;
  /** Asks the target's own server, where it may say; `of` knows the answer afterwards. Never throws. */
  ask(target: Target): Promise<void>;
  /** Remembers what the target's refusal of a prompt said, where nothing better is known. */
  learn(target: Target, tokens: number): void;
}

/** What a provider's own list of models says. */
export interface ServedWindows {
  of(provider: string, model: string): number | null;
  ask(provider: string): Promise<void>;
}

export interface WindowDeps {
  readonly providers: () => Readonly<Record<string, ProviderSettings>>;
  readonly served: ServedWindows;
}

/** Names of models come from clients. */
const MOST_REMEMBERED = 2000;

/** In this order: the configuration, the server itself, the public price list, what a refusal said. */
export function contextWindows({ providers, served }: WindowDeps): ContextWindows {
  const listed = new Map<string, Map<string, ContextWindow | null>>();
  const refused = new Map<string, number>();
  return {
    of: (target) => {
      const provider = ownValue(providers(), target.provider);
      if (!provider) return null;
      const set = ownValue(provider.contextWindows, target.model) ?? provider.window;
      if (set !== undefined) return { tokens: set, from: 'config' };
      const told = served.of(target.provider, target.model);
      if (told !== null) return { tokens: told, from: 'server' };
      const known = listedWindow(listed, provider.kind, target);
      if (known) return known;
      const learned = refused.size > 0 ? refused.get(formatTarget(target)) : undefined;
      return learned === undefined ? null : { tokens: learned, from: 'refusal' };
    },
    ask: async ({ provider }) => await served.ask(provider),
    learn: (target, tokens) => {
      if (refused.size >= MOST_REMEMBERED) refused.clear();
      refused.set(formatTarget(target), tokens);
    },
  };
}

function listedWindow(
  listed: Map<string, Map<string, ContextWindow | null>>,
  kind: string,
  target: Target,
): ContextWindow | null {
  let mine = listed.get(kind);
  if (!mine || mine.size >= MOST_REMEMBERED) {
    mine = new Map();
    listed.set(kind, mine);
  }
  const known = mine.get(target.model);
  if (known !== undefined) return known;
  const tokens = contextWindow(target, kind);
  const found: ContextWindow | null = tokens === null ? null : { tokens, from: 'list' };
  mine.set(target.model, found);
  return found;
}

function ownValue<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined;
}
