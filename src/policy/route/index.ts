export { evidence } from './experiments/msprt.ts';
export type { Catalog } from './resolve.ts';
export { resolveStage } from './resolve-stage.ts';
export { createLearnedRouter, type LearnedRouter } from './learned/learned-router.ts';
export { routeStage } from './route-stage.ts';
export { createRouting, ratingsOf, type Routing } from './routing.ts';
export { type History, seed } from './stats/seed.ts';
export { TASK_NAME } from './task.ts';
