export { fromLearned, toLearned } from './event.ts';
export { loadSemantic } from './load.ts';
export { SemanticCache, type SemanticCacheLimits } from './semantic-cache.ts';
export { type SemanticCacheDeps, semanticCacheStage } from './semantic-stage.ts';
