import type { Clock, Random } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { type KeyRest, longerRest, type Rest } from './key-rest.ts';

/** A key lent to one request. */
interface Lease {
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
  /** Whether every key is resting for this model because the provider refused it. */
  allRefused(model: string): boolean;
  /** The provider answered well with this key. */
  worked(key: Secret, model: string): void;
  /** The provider limited this key: for one model, or (null) altogether. @returns how long it rests, in milliseconds */
  limited(key: Secret, model: string | null, retryAfterMs: number | null): number;
  /** The provider does not accept this key: for one model, or (null) altogether. @returns how long it rests, in milliseconds */
  refused(key: Secret, model: string | null): number;
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

const NO_REST: Rest = { until: 0, refused: false };

interface PooledKey {
  readonly key: Secret;
  inFlight: number;
  /** Serial number of its last use. */
  lastUse: number;
  hasWorked: boolean;
  /** Limited or refused so many times in a row. */
  strikes: number;
  /** Null before the first one. */
  rest: Rest | null;
  readonly restsByModel: Map<string, Rest>;
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
  const restOf = ({ rest, restsByModel }: PooledKey, model: string): Rest =>
    longerRest(rest, restsByModel.get(model) ?? NO_REST);
  const isResting = (pooled: PooledKey, model: string): boolean => restOf(pooled, model).until > clock.now();

  const lay = (pooled: PooledKey, { model, until, refused }: KeyRest): void => {
    const rest = { until: Math.min(until, clock.now() + MAX_REST_MS), refused };
    if (model === null) {
      pooled.rest = longerRest(pooled.rest, rest);
      return;
    }
    const known = pooled.restsByModel.get(model) ?? null;
    pooled.restsByModel.delete(model);
    pooled.restsByModel.set(model, longerRest(known, rest));
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
      let best: PooledKey | null = null;
      for (const pooled of keys) {
        if (isResting(pooled, model)) continue;
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
      return Math.max(0, Math.min(...keys.map((pooled) => restOf(pooled, model).until - now)));
    },
    allRefused: (model) => keys.every((pooled) => isResting(pooled, model) && restOf(pooled, model).refused),
    worked(key, model) {
      const pooled = find(key.fingerprint);
      if (!pooled) return;
      pooled.hasWorked = true;
      pooled.strikes = 0;
      if (pooled.restsByModel.size > 0) pooled.restsByModel.delete(model);
    },
    limited: (key, model, retryAfterMs) =>
      begin(key, model, Math.min(retryAfterMs ?? backoffMs(key), MAX_REST_MS), false),
    refused(key, model) {
      const pooled = find(key.fingerprint);
      const growing = Math.min(REFUSED_MS, FIRST_REFUSED_MS * 4 ** (pooled?.strikes ?? 0));
      return begin(key, model, pooled?.hasWorked ? growing : REFUSED_MS, true);
    },
    exhausted(key, model, forMs) {
      const pooled = find(key.fingerprint);
      if (pooled && keys.some((other) => other !== pooled && !isResting(other, model)))
        lay(pooled, { fingerprint: key.fingerprint, model, until: clock.now() + forMs, refused: false });
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
  const until = Math.max(rest?.until ?? 0, ...[...restsByModel.values()].map((each) => each.until));
  const { fingerprint } = key;
  if (until <= now) return { fingerprint, state: 'ready', until: null };
  return { fingerprint, state: 'cooling', until: new Date(until).toISOString() };
}
