import type { LearnedStore } from '../../../core/learned.ts';
import { fromLearned } from './event.ts';
import type { SemanticCache } from './semantic-cache.ts';

const COMPARISONS_AT_ONCE = 1_000;
const ANSWERS_AT_ONCE = 100;
const MOST_QUESTIONS_AT_ONCE = 3_200;

export interface LoadOptions {
  readonly cache: SemanticCache;
  readonly store: LearnedStore;
  readonly topic: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Whether it was read before. */
  readonly again: boolean;
}

/**
 * Reads what was kept: every comparison in its order, then the newest answers as far as there is room. Gives the number of
 * the event up to which that is all there is to know. @throws CallError `not_ready`
 */
export async function loadSemantic({
  cache,
  store,
  topic,
  now,
  signal,
  again,
}: LoadOptions): Promise<number> {
  const head = await store.head(topic);
  // A second try must not count anything twice, and not hold what was deleted meanwhile.
  cache.forgetLearnt();
  if (again) cache.forgetAnswers();
  for (let after = 0; after < head; ) {
    signal.throwIfAborted();
    const query = { types: ['compared'], after, before: head + 1, limit: COMPARISONS_AT_ONCE };
    const rows = await store.read(topic, query);
    for (const row of rows) apply(cache, row);
    after = rows.length < COMPARISONS_AT_ONCE ? head : (rows.at(-1)?.seq ?? head);
  }
  for (let before = head + 1; cache.hasRoom(); ) {
    signal.throwIfAborted();
    const query = { types: ['answer'], before, liveAt: now(), newestFirst: true, limit: ANSWERS_AT_ONCE };
    const answers = await store.read(topic, query);
    const entries = answers.flatMap(({ entry }) => entry ?? []);
    const more = { types: ['question'], entries, before: head + 1, limit: MOST_QUESTIONS_AT_ONCE };
    const questions = entries.length === 0 ? [] : await store.read(topic, more);
    for (const row of answers) {
      if (!cache.hasRoom()) break;
      apply(cache, row);
      for (const question of questions) if (question.entry === row.entry) apply(cache, question);
    }
    if (answers.length < ANSWERS_AT_ONCE) break;
    before = answers.at(-1)?.seq ?? 0;
  }
  cache.orderByAge();
  return head;
}

function apply(cache: SemanticCache, row: Parameters<typeof fromLearned>[0]): void {
  const event = fromLearned(row);
  if (event) cache.apply(event);
}
