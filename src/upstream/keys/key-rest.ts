import { isObject } from '../../core/json.ts';

/** A key that is not to be used for a while. Told to other gateways: it holds the key's fingerprint, never the key. */
export interface KeyRest {
  readonly fingerprint: string;
  /** Null: for every model. */
  readonly model: string | null;
  /** Epoch milliseconds. */
  readonly until: number;
  /** The provider does not accept the key, as opposed to limiting it. */
  readonly refused: boolean;
}

/** Topic on the bus. */
export const COOLDOWN_TOPIC = 'cooldown';

export function formatRest(provider: string, rest: KeyRest): string {
  return JSON.stringify({ provider, ...rest });
}

/** The rest, if the message is one for this provider. */
export function parseRest(provider: string, message: string): KeyRest | null {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return null;
  }
  if (!isObject(value) || value.provider !== provider) return null;
  const { fingerprint, model, until, refused } = value;
  if (typeof fingerprint !== 'string' || typeof until !== 'number' || typeof refused !== 'boolean')
    return null;
  if (model !== null && typeof model !== 'string') return null;
  return { fingerprint, model, until, refused };
}

export type Rest = Pick<KeyRest, 'until' | 'refused'>;

/** The one that ends last. */
export function longerRest(known: Rest | null, other: Rest): Rest {
  return known && known.until >= other.until ? known : other;
}
