import type { Clock, Random } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { type KeyRest, longerRest } from './key-rest.ts';

/** A key lent to one request. */
export interface Lease {
  readonly key: Secret;
  /** Gives it back. Call once, however the request ended. */
  readonly release: () => void;
}

/** How one key is doing, for the health page. */
export interface KeyHealth {
  readonly fingerprint: string;
  readonly state: 'ready' | 'cooling';
  /** ISO 8601; null when ready. */
  readonly until: string | null;
}

export interface KeyPool {
  readonly size: number;
  /** The key that is least in use for this model, the longest unused one of those; null while all are resting. */
  take(model: string): Lease | null;
  /** Milliseconds until a key is ready for this model, 0 when one is. */
  readyInMs(model: string): number;
  /** Whether every key is resting because the provider refused it. */
  allRefused(): boolean;
  /** The provider answered well with this key. */
  worked(key: Secret, model: string): void;
  /** The provider limited this key: for one model, or (null) altogether. @returns how long it rests, in milliseconds */
  limited(key: Secret, model: string | null, retryAfterMs: number | null): number;
  /** The provider does not accept this key. @returns how long it rests, in milliseconds */
  refused(key: Secret): number;
  /** The provider will limit this key until then: it rests if another one is ready. */
  exhausted(key: Secret, model: string, forMs: number): void;
  /** Takes over what another gateway learnt. */
  learn(rest: KeyRest): void;
  health(): readonly KeyHealth[];
}

/** A key that has never worked is most likely wrong, and only a person can mend that. */
const REFUSED_MS = 5 * 60_000;
/** One that has worked may be refused for a single endpoint: its rests grow from here. */
const FIRST_REFUSED_MS = 1000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** Whatever a provider or another gateway says, a key is tried again after this time. */
const MAX_REST_MS = 60 * 60_000;
/** Rests of single models that are remembered for one key. */
const MOST_MODELS = 200;

interface PooledKey {
  readonly key: Secret;
  inFlight: number;
  /** Serial number of its last use. */
  lastUse: number;
  hasWorked: boolean;
  /** Limited or refused so many times in a row. */
  strikes: number;
  /** Epoch milliseconds, with why. */
  rest: { readonly until: number; readonly refused: boolean } | null;
  /** Epoch milliseconds by model. */
  readonly restsByModel: Map<string, number>;
}

/** @param tell called with each rest that begins here, so that other gateways can respect it */
export function createKeyPool(
  secrets: readonly Secret[],
  clock: Clock,
  random: Random,
  tell: (rest: KeyRest) => void,
): KeyPool {
  const keys = secrets.map(
    (key): PooledKey => ({
      key,
      inFlight: 0,
      lastUse: 0,
      hasWorked: false,
      strikes: 0,
      rest: null,
      restsByModel: new Map(),
    }),
  );
  let uses = 0;

  const find = (fingerprint: string): PooledKey | undefined =>
    keys.find(({ key }) => key.fingerprint === fingerprint);
  const restsUntil = (pooled: PooledKey, model: string): number =>
    Math.max(pooled.rest?.until ?? 0, pooled.restsByModel.get(model) ?? 0);

  const lay = (pooled: PooledKey, { model, until, refused }: KeyRest): void => {
    const bounded = Math.min(until, clock.now() + MAX_REST_MS);
    if (model === null) {
      pooled.rest = longerRest(pooled.rest, { until: bounded, refused });
      return;
    }
    const known = pooled.restsByModel.get(model) ?? 0;
    pooled.restsByModel.delete(model);
    pooled.restsByModel.set(model, Math.max(known, bounded));
    for (const [oldest] of pooled.restsByModel) {
      if (pooled.restsByModel.size <= MOST_MODELS) break;
      pooled.restsByModel.delete(oldest);
    }
  };
  const begin = (key: Secret, model: string | null, ms: number, refused: boolean): number => {
    const pooled = find(key.fingerprint);
    const rest = { fingerprint: key.fingerprint, model, until: clock.now() + ms, refused };
    if (pooled) {
      pooled.strikes += 1;
      lay(pooled, rest);
      tell(rest);
    }
    return ms;
  };
  const backoffMs = (key: Secret): number => {
    const strikes = find(key.fingerprint)?.strikes ?? 0;
    const most = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** strikes);
    return Math.ceil(most / 2 + (random() * most) / 2);
  };

  return {
    size: keys.length,
    take(model) {
      const now = clock.now();
      let best: PooledKey | null = null;
      for (const pooled of keys) {
        if (restsUntil(pooled, model) > now) continue;
        if (!best || isLessUsed(pooled, best)) best = pooled;
      }
      if (!best) return null;
      const lent = best;
      lent.inFlight += 1;
      lent.lastUse = ++uses;
      return { key: lent.key, release: () => void (lent.inFlight -= 1) };
    },
    readyInMs(model) {
      const now = clock.now();
      return Math.max(0, Math.min(...keys.map((pooled) => restsUntil(pooled, model) - now)));
    },
    allRefused() {
      const now = clock.now();
      return keys.every(({ rest }) => rest?.refused === true && rest.until > now);
    },
    worked(key, model) {
      const pooled = find(key.fingerprint);
      if (!pooled) return;
      pooled.hasWorked = true;
      pooled.strikes = 0;
      if (pooled.restsByModel.size > 0) pooled.restsByModel.delete(model);
    },
    limited: (key, model, retryAfterMs) =>
      begin(key, model, Math.min(retryAfterMs ?? backoffMs(key), MAX_REST_MS), false),
    refused(key) {
      const pooled = find(key.fingerprint);
      const growing = FIRST_REFUSED_MS * 4 ** (pooled?.strikes ?? 0);
      return begin(key, null, pooled?.hasWorked ? Math.min(REFUSED_MS, growing) : REFUSED_MS, true);
    },
    exhausted(key, model, forMs) {
      const now = clock.now();
      const pooled = find(key.fingerprint);
      if (pooled && keys.some((other) => other !== pooled && restsUntil(other, model) <= now))
        lay(pooled, { fingerprint: key.fingerprint, model, until: now + forMs, refused: false });
    },
    learn(rest) {
      const pooled = find(rest.fingerprint);
      if (pooled) lay(pooled, rest);
    },
    health: () => keys.map((pooled) => healthOf(pooled, clock.now())),
  };
}

function isLessUsed(a: PooledKey, b: PooledKey): boolean {
  return a.inFlight === b.inFlight ? a.lastUse < b.lastUse : a.inFlight < b.inFlight;
}

function healthOf({ key, rest, restsByModel }: PooledKey, now: number): KeyHealth {
  const until = Math.max(rest?.until ?? 0, ...restsByModel.values());
  const { fingerprint } = key;
  if (until <= now) return { fingerprint, state: 'ready', until: null };
  return { fingerprint, state: 'cooling', until: new Date(until).toISOString() };
}
