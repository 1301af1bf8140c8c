import { hash } from 'node:crypto';
import type { CacheMark } from '../../../core/content.ts';
import { HALVED_AT, type PrefixCount, type ReuseCounts } from '../../../core/prefix-history.ts';
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

type Counts = { -readonly [Name in keyof ReuseCounts]: number };

interface Seen extends Counts {
  lastAt: number;
  meanGapMs: number | null;
}

const MOST_SEEN = 20_000;
const MOST_OWNERS = 5_000;

/** What was seen of the beginnings of prompts, bounded, the least recently seen going first. */
export class PrefixHistory {
  readonly #fixed = new Map<string, Seen>();
  readonly #ends = new Map<string, number>();
  readonly #turns = new Map<string, Counts>();
  /** What was seen since it was taken last, by the name it is kept under. */
  readonly #changes = new Map<string, Seen>();

  /** What is new since it was asked last, to be added to what is kept, at most so many. */
  takeChanges(most: number): PrefixCount[] {
    const taken = [...this.#changes].slice(0, most);
    for (const [key] of taken) this.#changes.delete(key);
    return taken.map(([key, seen]) => ({ key, ...seen }));
  }

  /** Takes changes back that could not be kept. */
  restoreChanges(changes: readonly PrefixCount[]): void {
    for (const { key, lastAt, meanGapMs, ...counts } of changes) {
      const change = this.#change(key, lastAt, meanGapMs);
      for (const name of NAMES) change[name] += counts[name];
    }
  }

  /** Takes what all processes saw together, this one included. */
  adopt(sums: readonly PrefixCount[]): void {
    for (const { key, lastAt, meanGapMs, ...kept } of sums) {
      const counts: Counts = { ...kept };
      const own = this.#changes.get(key);
      if (own) for (const name of NAMES) counts[name] += own[name];
      const name = key.slice(PREFIX_LENGTH);
      if (key.startsWith(FIXED)) {
        const known = this.#fixed.get(name);
        const seen = {
          ...counts,
          lastAt: Math.max(lastAt, known?.lastAt ?? 0),
          meanGapMs: known?.meanGapMs ?? meanGapMs,
        };
        put(this.#fixed, name, seen, MOST_SEEN);
      } else if (key.startsWith(END))
        put(this.#ends, name, Math.max(lastAt, this.#ends.get(name) ?? 0), MOST_SEEN);
      else put(this.#turns, name, counts, MOST_OWNERS);
    }
  }

  #change(key: string, lastAt: number, meanGapMs: number | null): Seen {
    const known = this.#changes.get(key) ?? { ...NOTHING, lastAt, meanGapMs };
    known.lastAt = Math.max(known.lastAt, lastAt);
    known.meanGapMs = meanGapMs ?? known.meanGapMs;
    put(this.#changes, key, known, MOST_SEEN);
    return known;
  }

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
    const gapMs = known ? now - known.lastAt : null;
    count(seen, gapMs);
    count(this.#change(FIXED + hash, now, seen.meanGapMs), gapMs);
    seen.lastAt = now;
    put(this.#fixed, hash, seen, MOST_SEEN);
    return seen;
  }

  #turn(owner: string, boundaries: readonly Boundary[], now: number): Pick<Observed, 'turns' | 'continued'> {
    const name = hash('sha256', owner);
    const turns = this.#turns.get(name) ?? { ...NOTHING };
    const note = (gapMs: number | null): void => {
      count(turns, gapMs);
      count(this.#change(TURNS + name, now, null), gapMs);
    };
    const ended = (end: string): void => {
      put(this.#ends, end, now, MOST_SEEN);
      this.#change(END + end, now, null);
    };
    const history = boundaries.filter(({ kind }) => kind === 'history');
    const continued = history.findLast(({ hash }) => this.#ends.has(hash)) ?? null;
    if (continued) {
      note(now - (this.#ends.get(continued.hash) ?? now));
      ended(continued.hash);
    }
    const end = history.at(-1);
    if (end && end !== continued) {
      // What is new in this call would be written.
      note(null);
      ended(end.hash);
    }
    put(this.#turns, name, turns, MOST_OWNERS);
    return { turns: reuseOf(turns), continued };
  }
}

const FIXED = 'f ';
const END = 'e ';
const TURNS = 't ';
const PREFIX_LENGTH = 2;
const NAMES = ['reads5m', 'reads1h', 'writes5m', 'writes1h'] as const;
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
