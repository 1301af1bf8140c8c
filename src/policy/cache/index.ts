export { exactCacheStage, type ReadAnswer } from './exact/index.ts';
export { prefixStage } from './prefix/index.ts';
export { type CacheReport, cacheReport } from './report.ts';
export { type CacheCounts, type CacheStatistics, cacheStatistics, NO_COUNTS } from './statistics.ts';
export {
  SemanticCache,
  type SemanticCacheDeps,
  type SemanticCacheLimits,
  semanticCacheStage,
} from './semantic/index.ts';
