import { turns } from './turns.ts';

/** What may be kept, by index. */
export interface Choice {
  readonly tokens: readonly number[];
  readonly salience: readonly number[];
  /** Spans that each needs beside it. */
  readonly needs: readonly (readonly number[])[];
  /** How alike two spans are, at most 1. */
  similarity(a: number, b: number): number;
  /** What likeness to a span that is kept already takes off the salience. */
  readonly novelty: number;
  /** Kept in any case; their tokens count. */
  readonly forced: ReadonlySet<number>;
  readonly budget: number;
}

interface Candidate {
  readonly index: number;
  value: number;
  /** Likeness to the first `seen` of the kept spans. */
  likeness: number;
  seen: number;
}

/** Kept spans that others are compared with, the first chosen: without a bound, time grows with the square of the text. */
const MOST_COMPARED = 300;

/**
 * Spans to keep, in the order in which they were chosen: always the one that adds most to those kept before, as long as it
 * fits (maximal marginal relevance, Carbonell and Goldstein 1998). Values only fall while spans are added, so that one
 * whose value was just computed and is still the highest is the next (lazy greedy, Minoux 1978).
 */
export async function select(choice: Choice): Promise<number[]> {
  const { tokens, salience, needs, novelty, forced, budget } = choice;
  const kept = new Set(forced);
  const order: number[] = [];
  let left = budget;
  for (const index of forced) left -= tokens[index] ?? 0;
  const turn = turns();
  const queue = new Heap();
  for (const [index, value] of salience.entries())
    if (!kept.has(index)) queue.push({ index, value, likeness: 0, seen: 0 });

  for (let candidate = queue.pop(); candidate && left > 0; candidate = queue.pop()) {
    if (turn.due()) await turn.next();
    if (kept.has(candidate.index)) continue;
    const compared = Math.min(order.length, MOST_COMPARED);
    if (candidate.seen < compared) {
      for (; candidate.seen < compared; candidate.seen++)
        candidate.likeness = Math.max(
          candidate.likeness,
          choice.similarity(candidate.index, order[candidate.seen] ?? 0),
        );
      candidate.value = (salience[candidate.index] ?? 0) - novelty * candidate.likeness;
      queue.push(candidate);
      continue;
    }
    const added = [...(needs[candidate.index] ?? []).filter((need) => !kept.has(need)), candidate.index];
    const cost = added.reduce((sum, index) => sum + (tokens[index] ?? 0), 0);
    if (cost > left) continue;
    for (const index of added) {
      kept.add(index);
      order.push(index);
    }
    left -= cost;
  }
  return order;
}

/** Highest value first; of equal ones the earlier span. */
class Heap {
  readonly #items: Candidate[] = [];

  push(item: Candidate): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (!above || !before(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Candidate | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (!last || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [items[child], items[child + 1]];
      if (!left) break;
      if (right && before(right, left)) child += 1;
      const below = items[child];
      if (!below || !before(below, last)) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

function before(a: Candidate, b: Candidate): boolean {
  return a.value > b.value || (a.value === b.value && a.index < b.index);
}
