export { startDemoProvider } from './demo-provider.ts';
export { demoHistory } from './history/history.ts';
export type { SimulatedProvider } from './provider/server.ts';
export { demoConfig } from './providers.ts';
export { startDemoBatches } from './traffic/batches.ts';
export { startDemoTraffic, type StopTraffic, type TrafficOptions } from './traffic/traffic.ts';
