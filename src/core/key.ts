/** What a key opens: calls through the gateway, or the management API. */
export type KeyScope = 'call' | 'admin';

/** How the secret of every virtual key begins; no provider's key does. */
export const VIRTUAL_KEY_PREFIX = 'sk-illm-';

/** What calls with one key may cost, and how often they may be made. Null: not limited. */
export interface KeyLimits {
  readonly budget: {
    /** Exact decimal dollars. */
    readonly limitUsd: string;
    /** A fixed span in UTC. */
    readonly per: 'hour' | 'day' | 'week' | 'month';
  } | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
}

/** A virtual key without its secret, of which only the SHA-256 is stored. */
export interface VirtualKey {
  /** UUIDv7. */
  readonly id: string;
  readonly name: string;
  /** The first characters of the secret, for recognising it: `sk-illm-3fK2`. */
  readonly prefix: string;
  readonly scope: KeyScope;
  readonly team: string | null;
  readonly user: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
  readonly expiresAt: string | null;
  /** Limits of its own; null or left out: none. */
  readonly limits?: KeyLimits | null;
}
