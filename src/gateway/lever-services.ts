import type { AnswerStore } from '../core/answer-store.ts';
import type { BatchStore } from '../core/batch.ts';
import type { Embedder } from '../core/ports.ts';
import type { CallRecord } from '../core/record.ts';
import type { Admission } from '../policy/admit/index.ts';
import type { CacheStatistics, PrefixHistory, SemanticCache } from '../policy/cache/index.ts';
import type { ExampleBook, Library } from '../policy/ground/index.ts';
import { type Guards as CompressGuards, NO_GUARDS } from '../policy/compress/index.ts';
import type { LearnedRouter, Routing } from '../policy/route/index.ts';

export interface AnswerCache {
  readonly store: AnswerStore;
  readonly statistics: CacheStatistics;
}

/**
 * What the levers need beside the call: things with state, made by `src/cli/serve/lever-services.ts` and shared by all
 * calls of a process. Null where there is none.
 */
export interface LeverServices {
  /** Answers kept for equal calls. */
  readonly answers: AnswerCache | null;
  readonly embedder: Embedder | null;
  /** Documents that answers are grounded on. */
  readonly library: Library | null;
  /** Well-rated past calls. */
  readonly examples: ExampleBook | null;
  /** Answers by the meaning of their questions. */
  readonly semanticCache: SemanticCache | null;
  /** What was seen of the beginnings of prompts. */
  readonly prefixHistory: PrefixHistory | null;
  /** Which classes of tasks are not compressed any more. */
  readonly compressGuards: CompressGuards;
  /** For the strategy `learned`. */
  readonly router: LearnedRouter | null;
  /** Limits and budgets. */
  readonly admission: Admission | null;
  /** What is known of the targets, and the experiments. */
  readonly routing: Routing | null;
  /** Files and batches of calls. */
  readonly batches: BatchStore | null;
  /** Told of every finished call. */
  readonly observers: readonly ((record: CallRecord) => void)[];
}

export const NO_SERVICES: LeverServices = {
  answers: null,
  embedder: null,
  library: null,
  examples: null,
  semanticCache: null,
  prefixHistory: null,
  compressGuards: NO_GUARDS,
  router: null,
  admission: null,
  routing: null,
  batches: null,
  observers: [],
};
