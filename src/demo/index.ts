export { startDemoProvider } from './demo-provider.ts';
export { demoHistory } from './history/history.ts';
export type { SimulatedProvider } from './provider/server.ts';
export { DEMO_MODELS, demoProviders } from './providers.ts';
export { startDemoTraffic, type StopTraffic, type TrafficOptions } from './traffic/traffic.ts';
