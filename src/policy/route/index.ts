export type { Catalog } from './resolve.ts';
export { routeStage } from './route-stage.ts';
