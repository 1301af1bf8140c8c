export { type LocalEngine, createEngine, type EngineParts } from './engine.ts';
export type { EngineLoad, RequestLoad } from './load.ts';
export { createLocalPool, type LocalPool, type LocalShard } from './local-pool.ts';
export { ENGINE_DEFAULTS, type EngineOptions } from './options.ts';
export { type Limits, type Schedule, type SchedulerState, type SlicePlan, schedule } from './schedule.ts';
export type { EngineTokenizer } from './text-ports.ts';
