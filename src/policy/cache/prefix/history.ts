import type { CacheMark } from '../../../core/content.ts';
import type { Boundary } from './boundaries.ts';

/** How often a beginning would have been read from a cache and how often written, by how long the cache keeps it. */
export type Reuse = Readonly<Record<CacheMark, { readonly reads: number; readonly writes: number }>>;

export const TTL_MS: Readonly<Record<CacheMark, number>> = { '5m': 300_000, '1h': 3_600_000 };

/** What was observed of the boundaries of one call. */
export interface Observed {
  /** Of the boundary itself. */
  readonly fixed: ReadonlyMap<Boundary, Reuse>;
  /** Of the ends of conversations of this owner, taken together, since each has an end of its own. */
  readonly turns: Reuse;
  /** The longest beginning that an earlier call ended with. */
  readonly continued: Boundary | null;
  /** Milliseconds between the last uses of the first fixed boundary; null when unknown. */
  readonly meanGapMs: number | null;
}

interface Counts {
  reads5m: number;
  reads1h: number;
  writes5m: number;
  writes1h: number;
}

interface Seen extends Counts {
  lastAt: number;
  meanGapMs: number | null;
}

/** Older observations count half as much each time that so many came after them. */
const HALVED_AT = 256;
const MOST_SEEN = 20_000;
const MOST_OWNERS = 5_000;

/** What this process saw of the beginnings of prompts, bounded, the least recently seen going first. */
export class PrefixHistory {
  readonly #fixed = new Map<string, Seen>();
  readonly #ends = new Map<string, number>();
  readonly #turns = new Map<string, Counts>();

  /** Notes one call and tells what was known before it, this call included. @param now epoch milliseconds */
  observe(owner: string, boundaries: readonly Boundary[], now: number): Observed {
    const fixed = new Map<Boundary, Reuse>();
    let meanGapMs: number | null = null;
    for (const boundary of boundaries) {
      if (boundary.kind === 'history') continue;
      const seen = this.#use(boundary.hash, now);
      meanGapMs = seen.meanGapMs;
      fixed.set(boundary, reuseOf(seen));
    }
    return { fixed, meanGapMs, ...this.#turn(owner, boundaries, now) };
  }

  #use(hash: string, now: number): Seen {
    const known = this.#fixed.get(hash);
    const seen: Seen = known ?? { ...NOTHING, lastAt: now, meanGapMs: null };
    if (known) {
      const gap = now - known.lastAt;
      seen.meanGapMs = seen.meanGapMs === null ? gap : seen.meanGapMs * 0.8 + gap * 0.2;
    }
    count(seen, known ? now - known.lastAt : null);
    seen.lastAt = now;
    put(this.#fixed, hash, seen, MOST_SEEN);
    return seen;
  }

  #turn(owner: string, boundaries: readonly Boundary[], now: number): Pick<Observed, 'turns' | 'continued'> {
    const turns = this.#turns.get(owner) ?? { ...NOTHING };
    const history = boundaries.filter(({ kind }) => kind === 'history');
    const continued = history.findLast(({ hash }) => this.#ends.has(hash)) ?? null;
    if (continued) {
      count(turns, now - (this.#ends.get(continued.hash) ?? now));
      put(this.#ends, continued.hash, now, MOST_SEEN);
    }
    const end = history.at(-1);
    if (end && end !== continued) {
      // What is new in this call would be written.
      count(turns, null);
      put(this.#ends, end.hash, now, MOST_SEEN);
    }
    put(this.#turns, owner, turns, MOST_OWNERS);
    return { turns: reuseOf(turns), continued };
  }
}

const NOTHING: Counts = { reads5m: 0, reads1h: 0, writes5m: 0, writes1h: 0 };

/** @param gapMs since the last use; null at the first */
function count(counts: Counts, gapMs: number | null): void {
  if (gapMs !== null && gapMs <= TTL_MS['5m']) counts.reads5m += 1;
  else counts.writes5m += 1;
  if (gapMs !== null && gapMs <= TTL_MS['1h']) counts.reads1h += 1;
  else counts.writes1h += 1;
  if (counts.reads1h + counts.writes1h < HALVED_AT) return;
  counts.reads5m /= 2;
  counts.reads1h /= 2;
  counts.writes5m /= 2;
  counts.writes1h /= 2;
}

function reuseOf({ reads1h, reads5m, writes1h, writes5m }: Counts): Reuse {
  return { '5m': { reads: reads5m, writes: writes5m }, '1h': { reads: reads1h, writes: writes1h } };
}

function put<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
