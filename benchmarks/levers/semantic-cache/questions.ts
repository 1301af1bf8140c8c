import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Negative, negativesOf } from './negatives.ts';

/** One call of the traffic. Calls of one class may share an answer. */
export interface Question {
  readonly text: string;
  readonly class: number;
  /** How it was made from a question that stands before it; null for people's own questions. */
  readonly made: Negative['how'] | null;
}

/** Classes from here on are of made questions. */
export const MADE_CLASSES = 1_000_000;

export interface TrafficOptions {
  /** Classes of people's questions, at most. */
  readonly classes: number;
  /** Classes with fewer questions are left out. */
  readonly leastQuestions: number;
  /** Share of the questions after which a changed one is asked. */
  readonly negatives: number;
  readonly random: () => number;
}

/**
 * Questions of people, where those known to mean the same have one class, and questions made from them that look alike
 * and mean something else. In random order, but that a made one comes after its own.
 */
export function trafficFrom(
  file: string,
  { classes, leastQuestions, negatives, random }: TrafficOptions,
): Question[] {
  const all = groupsOf(readPairs(file)).filter((group) => group.length >= leastQuestions);
  const groups = shuffled(all, random).slice(0, classes);
  const names = entityPool(groups.flat());
  const placed: { readonly at: number; readonly question: Question }[] = [];
  const madeClasses = new Map<string, number>();
  const classOf = (group: number, change: string): number => {
    const key = `${group} ${change}`;
    const known = madeClasses.get(key) ?? MADE_CLASSES + madeClasses.size;
    madeClasses.set(key, known);
    return known;
  };
  for (const [index, group] of groups.entries())
    for (const text of group) {
      const at = random();
      placed.push({ at, question: { text, class: index, made: null } });
      if (random() >= negatives) continue;
      const made = negativesOf(text, names, random);
      const negative = made[Math.floor(random() * made.length)];
      if (!negative) continue;
      const later = at + random() * (1 - at);
      placed.push({
        at: later,
        question: { text: negative.text, class: classOf(index, negative.change), made: negative.how },
      });
    }
  return placed.sort((a, b) => a.at - b.at).map(({ question }) => question);
}

interface Pair {
  readonly origin: string;
  readonly similar: string;
}

/** The file is a gzipped tar with one JSON file in it. */
function readPairs(file: string): Pair[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8');
  return JSON.parse(text.slice(text.indexOf('['), text.lastIndexOf(']') + 1)) as Pair[];
}

/** What is linked by pairs means the same, and what differs in case and signs only. */
function groupsOf(pairs: readonly Pair[]): string[][] {
  const parent = new Map<string, string>();
  const root = (text: string): string => {
    let at = text;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    parent.set(text, at);
    return at;
  };
  for (const { origin, similar } of pairs) {
    parent.set(root(origin), root(similar));
    for (const text of [origin, similar]) parent.set(root(text), root(bare(text)));
  }
  const groups = new Map<string, string[]>();
  for (const text of new Set(pairs.flatMap(({ origin, similar }) => [origin, similar]))) {
    const key = root(text);
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return [...groups.values()];
}

function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Names that stand within questions, to be put in the place of others. */
function entityPool(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const [name] of text.slice(1).matchAll(/(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?\b/g))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= 5).map(([name]) => name);
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const out = [...all];
  for (let at = out.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [out[at], out[other]] = [out[other] as T, out[at] as T];
  }
  return out;
}

/** mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
