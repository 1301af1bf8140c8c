export { type LocalEngine, createEngine, type EngineParts } from './engine.ts';
export type { EngineLoad, RequestLoad } from './load.ts';
export { createLocalPool, type LocalPool, type LocalShard } from './local-pool.ts';
export type { EngineOptions } from './options.ts';
export type { Limits, Schedule, SchedulerState, SlicePlan } from './schedule.ts';
export type { EngineTokenizer } from './text-ports.ts';
