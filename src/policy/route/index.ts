export type { Catalog } from './resolve.ts';
export { resolveStage } from './resolve-stage.ts';
export { routeStage } from './route-stage.ts';
