export { createGateway, type Gateway, type GatewayDeps } from './gateway.ts';
export type { Machines } from './machines.ts';
export { type AnswerCache, type LeverServices, NO_SERVICES } from './lever-services.ts';
export { storedExchange } from './stored-exchange.ts';
