export type { About, Machine } from './schemas/about.ts';
export type { LocalEngine } from './schemas/engine.ts';
export type { App } from './app-type.ts';
export { createApi } from './app.ts';
export type { RouteExperiment, RouteModel } from './schemas/route.ts';
export type { ApiDeps, BatchAccess, CacheAccess, KeyAccess, RoutingAccess } from './ports.ts';
export { createMetrics, mergeMetrics, type Metrics, type MetricsSnapshot } from './metrics/index.ts';
