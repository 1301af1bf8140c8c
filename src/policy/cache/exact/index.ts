export { type CacheTimes, exactCacheStage } from './exact-stage.ts';
export type { ReadAnswer } from './stored-answer.ts';
