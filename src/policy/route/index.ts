export { type RouteDeps, routeStage } from './route-stage.ts';
export { type Catalog, resolve, type Resolved } from './resolve.ts';
