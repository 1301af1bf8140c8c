export { createGateway, type Gateway, type GatewayDeps } from './gateway.ts';
export type { Machines } from './machines.ts';
