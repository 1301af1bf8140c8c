export { exactCacheStage, type ReadAnswer } from './exact/index.ts';
export { PrefixHistory, prefixStage } from './prefix/index.ts';
export { type CacheReport, cacheReport } from './report.ts';
export { type CacheCounts, type CacheStatistics, cacheStatistics, NO_COUNTS } from './statistics.ts';
export {
  fromLearned,
  loadSemantic,
  SemanticCache,
  type SemanticCacheDeps,
  type SemanticCacheLimits,
  semanticCacheStage,
  toLearned,
} from './semantic/index.ts';
