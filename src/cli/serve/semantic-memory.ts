import { uuidv7 } from '../../core/ids.ts';
import { CLEARED, type LearnedStore } from '../../core/learned.ts';
import type { Bus, Clock, Log } from '../../core/ports.ts';
import { plansOf, type Settings } from '../../core/settings.ts';
import { fromLearned, loadSemantic, SemanticCache, toLearned } from '../../policy/cache/index.ts';
import { openJournal } from '../../shared/learned/index.ts';

export interface SemanticState {
  readonly answers: number;
  readonly questions: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Whether what was kept in the store has been read. */
  readonly loaded: boolean;
  /** What is not kept in the store yet. */
  readonly waiting: number;
}

export interface SemanticMemory {
  readonly cache: SemanticCache;
  state(): SemanticState;
  /**
   * Forgets all answers, here, in the store and in all processes; also what was learnt if `everything`. Gives the number
   * of answers. @throws CallError `not_ready` when the store cannot be reached
   */
  clear(everything: boolean): Promise<number>;
  close(): Promise<void>;
}

interface SemanticMemoryDeps {
  readonly settings: () => Settings;
  readonly dimensions: number;
  readonly store: LearnedStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly pollMs?: number;
  readonly flushMs?: number;
}

/** Events of other versions are in other topics. */
const VERSION = 1;
const SWEEP_MS = 60_000;
const MOST_COMPARISONS_OF_KIND = 20_000;
const MOST_COMPARISONS = 100_000;

/** The semantic cache, whose answers and learning outlive the process and are shared by all that use the same store. */
export function openSemanticMemory({
  settings,
  dimensions,
  store,
  bus,
  clock,
  log,
  ...pace
}: SemanticMemoryDeps): SemanticMemory {
  const { maxBytes, maxQuestions } = settings().plan.cache.semantic;
  const topic = `semantic-cache/${VERSION}/${dimensions}`;
  const cache = new SemanticCache({ maxBytes, maxQuestions, dimensions });
  const forget = (everything: boolean): void => {
    cache.forgetAnswers();
    if (everything) cache.forgetLearnt();
  };
  const journal = openJournal({
    store,
    topic,
    bus,
    log,
    ...pace,
    load: async (signal) => {
      const again = journal.loaded;
      return await loadSemantic({ cache, store, topic, now: () => clock.now(), signal, again });
    },
    receive: (rows) => {
      for (const row of rows) {
        if (row.type === CLEARED) forget(row.scope === 'everything');
        const event = fromLearned(row);
        if (event) cache.apply(event);
      }
    },
  });
  cache.keepIn({
    start: () => journal.start(),
    append: (event) => void journal.append(toLearned(event)),
  });
  if (plansOf(settings()).some(({ cache: { semantic } }) => semantic.enabled && semantic.persist))
    journal.start();
  const timer = setInterval(() => {
    if (!journal.loaded) return;
    const limits = { maxEvents: maxQuestions, maxBytes };
    const others = { maxOfScope: MOST_COMPARISONS_OF_KIND, maxOthers: MOST_COMPARISONS };
    store.sweep(topic, { now: clock.now(), ...limits, ...others }).catch((error: unknown) => {
      log.warn('old answers of the semantic cache could not be deleted; it is tried again', { error });
    });
  }, SWEEP_MS);
  timer.unref();

  return {
    cache,
    state: () => ({
      answers: cache.answers,
      questions: cache.questions,
      bytes: cache.bytes,
      maxBytes,
      loaded: journal.loaded,
      waiting: journal.waiting,
    }),
    clear: async (everything) => {
      const held = cache.answers;
      journal.withdraw(({ expiresAt }) => everything || expiresAt !== null);
      forget(everything);
      const now = clock.now();
      const scope = everything ? 'everything' : 'answers';
      const common = { type: CLEARED, at: now, entry: null, expiresAt: null, bytes: 0, data: '{}' };
      const kept = await store.clear(topic, { ...common, id: uuidv7(now), scope }, everything);
      journal.nudge();
      return Math.max(held, kept);
    },
    close: async () => {
      clearInterval(timer);
      await journal.close();
    },
  };
}
