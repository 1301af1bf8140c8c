/** What a key opens: calls through the gateway, or the management API. */
export type KeyScope = 'call' | 'admin';

/** How the secret of every virtual key begins; no provider's key does. */
export const VIRTUAL_KEY_PREFIX = 'sk-illm-';

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
}
