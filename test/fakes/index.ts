export type { Ask } from '../../src/demo/provider/ask.ts';
export { PROVIDER_APIS, type ProviderApi } from '../../src/demo/provider/api.ts';
export { defaultScenario, type Scenario, scenarioOf } from '../../src/demo/provider/scenario.ts';
export { errorBody } from './error-bodies.ts';
export { type FakeProvider, type Script, startFakeProvider } from './fake-provider.ts';
export type { Fault } from './fault.ts';
export { TOO_LONG, type TooLong } from './too-long.ts';
export { createHold, type Hold } from './hold.ts';
export type { Received } from './received.ts';
