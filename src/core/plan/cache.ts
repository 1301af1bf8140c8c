import { NO_SEMANTIC_CACHE, type SemanticCacheSettings } from './semantic-cache.ts';

/** Whose stored answers a call may get, from the narrowest to the widest. */
export const CACHE_SCOPES = ['session', 'user', 'key', 'team', 'gateway'] as const;
export type CacheScope = (typeof CACHE_SCOPES)[number];

/** Answers kept for calls that ask exactly the same. */
export interface ExactCacheSettings {
  readonly enabled: boolean;
  /** How long an answer may be given again. */
  readonly ttlMs: number;
  /** Larger answers are not kept. */
  readonly maxEntryBytes: number;
  /** Whether calls are answered from the cache whose answer would differ from time to time (temperature above 0, or none). */
  readonly nondeterministic: boolean;
  /** `team`: the key's team, else the key, else the client's own credential. */
  readonly scope: CacheScope;
  /** Whether `x-illm-cache-scope` may ask for more than `scope`. */
  readonly wider: boolean;
}

/** The providers' own caches of prompt beginnings. */
export interface PrefixSettings {
  readonly enabled: boolean;
  /** Marks nothing before so many prompts with the same beginning were seen. */
  readonly minReuses: number;
}

/** Settings of the lever `cache`. */
export interface CacheSettings {
  /** Bytes of all stored answers together; read once, at the start. */
  readonly maxBytes: number;
  /** What an hour of the machine costs that looks up and stores, exact decimal dollars; null when that is not to be counted. */
  readonly machineHourlyUsd: string | null;
  readonly exact: ExactCacheSettings;
  readonly semantic: SemanticCacheSettings;
  readonly prefix: PrefixSettings;
}

/** As it is when nothing is configured. */
export const NO_CACHE: CacheSettings = {
  maxBytes: 256 * 1024 * 1024,
  machineHourlyUsd: null,
  exact: {
    enabled: false,
    ttlMs: 3_600_000,
    maxEntryBytes: 4 * 1024 * 1024,
    nondeterministic: false,
    scope: 'team',
    wider: false,
  },
  semantic: NO_SEMANTIC_CACHE,
  prefix: { enabled: false, minReuses: 2 },
};
