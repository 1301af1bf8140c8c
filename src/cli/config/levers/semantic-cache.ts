import { z } from 'zod';
import { NO_SEMANTIC_CACHE, type SemanticCacheSettings } from '../../../core/plan/semantic-cache.ts';
import { duration, size } from '../amounts.ts';
import type { LeverContext } from './context.ts';

export const semanticSection = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe('Off by default. Needs the embedding model: `infinite-llm models pull minilm`.'),
    maxErrorRate: z
      .number()
      .min(0.001)
      .max(0.2)
      .optional()
      .describe('Largest share of wrong answers among those given from the cache. 0.01 by default.'),
    confidence: z
      .number()
      .min(0.5)
      .max(0.999)
      .optional()
      .describe('How sure maxErrorRate is to hold. 0.95 by default.'),
    margin: z
      .number()
      .min(0)
      .max(0.9)
      .optional()
      .describe(
        'Part of maxErrorRate that is left for traffic that changes: 0.3, the default, takes answers once at most 70 % of maxErrorRate is known.',
      ),
    auditShare: z
      .number()
      .min(0.01)
      .max(1)
      .optional()
      .describe(
        'Share of the answers that could be given for which the model is asked all the same, to go on learning. 0.05 by default.',
      ),
    ttl: duration
      .refine((ms) => ms > 0, 'must be more than 0; "enabled: false" switches the cache off')
      .optional()
      .describe('How long an answer may be given again. 1h by default.'),
    maxEntry: size.optional().describe('Larger answers are not kept. 256KiB by default.'),
    answerSimilarity: z
      .number()
      .min(0.5)
      .max(1)
      .optional()
      .describe(
        'Two answers whose vectors are at least as similar count as the same, where their numbers and names agree. 0.9 by default.',
      ),
    persist: z
      .boolean()
      .optional()
      .describe(
        'false: questions and answers stay in memory. true, the default: they are kept in the store for their time to live, and what was learnt for longer, for restarts and other processes.',
      ),
    maxQuestions: z
      .number()
      .int()
      .min(1)
      .max(5_000_000)
      .optional()
      .describe('Questions that are kept, of all tenants, read at the start. 100000 by default.'),
    maxBytes: size.optional().describe('Room for the answers, read at the start. 256MiB by default.'),
  })
  .describe(
    'Answers kept for calls whose last question means the same, with the questions, in memory and in the store.',
  );

export type SemanticEntry = z.output<typeof semanticSection>;

/** The alias's fields win over those for all calls. */
export function buildSemantic(
  all: SemanticEntry | undefined,
  alias: SemanticEntry | undefined,
  { path, findings }: LeverContext,
): SemanticCacheSettings {
  if (path.length > 0)
    for (const field of ['maxQuestions', 'maxBytes'] as const)
      if (alias?.[field] !== undefined)
        findings.error(
          [...path, 'cache', 'semantic', field],
          'is for all calls together',
          'Move it to the section "cache" at the top of the file.',
        );
  const given = { ...all, ...alias };
  const usual = NO_SEMANTIC_CACHE;
  return {
    enabled: given.enabled ?? usual.enabled,
    maxErrorRate: given.maxErrorRate ?? usual.maxErrorRate,
    confidence: given.confidence ?? usual.confidence,
    margin: given.margin ?? usual.margin,
    auditShare: given.auditShare ?? usual.auditShare,
    ttlMs: given.ttl ?? usual.ttlMs,
    maxEntryBytes: given.maxEntry ?? usual.maxEntryBytes,
    answerSimilarity: given.answerSimilarity ?? usual.answerSimilarity,
    persist: given.persist ?? usual.persist,
    maxQuestions: all?.maxQuestions ?? usual.maxQuestions,
    maxBytes: all?.maxBytes ?? usual.maxBytes,
  };
}
