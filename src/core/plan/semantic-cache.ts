/** Answers kept for calls whose last question means the same. */
export interface SemanticCacheSettings {
  readonly enabled: boolean;
  /** Largest share of wrong answers among those given from the cache, in (0, 1). */
  readonly maxErrorRate: number;
  /** How sure that is to hold, in (0, 1). */
  readonly confidence: number;
  /** Part of `maxErrorRate` that is left for traffic that changes, in [0, 1). */
  readonly margin: number;
  /** Share of the answers that could be given for which the model is asked all the same, to go on learning. */
  readonly auditShare: number;
  /** How long an answer may be given again. */
  readonly ttlMs: number;
  /** Larger answers are not kept. */
  readonly maxEntryBytes: number;
  /** Two answers whose vectors are at least as similar say the same, where nothing else tells them apart. */
  readonly answerSimilarity: number;
  /** Whether questions, answers and what was learnt are kept in the store, for restarts and other processes. */
  readonly persist: boolean;
  /** Questions of all tenants together; read once, at the start. */
  readonly maxQuestions: number;
  /** Bytes of all kept answers together; read once, at the start. */
  readonly maxBytes: number;
}

/** As it is when nothing is configured. */
export const NO_SEMANTIC_CACHE: SemanticCacheSettings = {
  enabled: false,
  maxErrorRate: 0.01,
  confidence: 0.95,
  margin: 0.3,
  auditShare: 0.05,
  ttlMs: 3_600_000,
  maxEntryBytes: 256 * 1024,
  answerSimilarity: 0.9,
  persist: true,
  maxQuestions: 100_000,
  maxBytes: 256 * 1024 * 1024,
};
