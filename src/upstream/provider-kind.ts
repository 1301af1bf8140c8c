import type { PromptCaching } from '../core/prompt-caching.ts';
import type { Secret } from '../core/secret.ts';
import type { BatchApi } from './batch/batch-api.ts';

/** What a provider's answer says about the rate limits of the key that was used. */
interface RateLimits {
  /** How long the provider asks us to wait, in milliseconds; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** How long until a limit that this answer used up is free again, in milliseconds; null when none is used up. */
  readonly exhaustedMs: number | null;
}

/** Everything that tells one kind of provider from another. Shared code asks this and never for a name. */
export interface ProviderKind {
  readonly kind: string;
  readonly title: string;
  /** Null where every installation has its own. */
  readonly defaultBaseUrl: string | null;
  /** Environment variables that may hold a key, the preferred first. */
  readonly envKeys: readonly string[];
  /** Whether it answers nobody without a key. */
  readonly needsKey: boolean;
  /** A client's own credential is shown to this provider when the client speaks a dialect of this owner; null: never. */
  readonly owner: string | null;
  /** Dialects it speaks, the preferred one for translation first. */
  readonly dialects: readonly string[];
  /** True when any model name may be one of its own, as on a self-hosted server. */
  readonly servesAnyModel: boolean;
  /** Whether a model of this name is one of its own. */
  readonly ownsModel: (model: string) => boolean;
  readonly authorize: (key: Secret) => Readonly<Record<string, string>>;
  /** Sent where the client sent none. */
  readonly defaultHeaders: Readonly<Record<string, string>>;
  /** Headers that name an account of the client's: passed on with the client's own credential only. */
  readonly accountHeaders: readonly string[];
  /** Query parameter that may hold a credential, never passed on; null when there is none. */
  readonly credentialQuery: string | null;
  /** Null where it caches by itself or not at all, and nothing can be done for it. */
  readonly promptCaching: PromptCaching | null;
  /** Its batches, at their lower price; null where it has none. */
  readonly batches: BatchApi | null;
  /** @param now epoch milliseconds */
  readonly limits: (headers: Readonly<Record<string, string>>, now: number) => RateLimits;
}
