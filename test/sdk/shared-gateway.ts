import { startGateway } from '../gateway-fixture.ts';
import type { GatewayFixture } from '../gateway-fixture.ts';
import { ALIASES } from './targets.ts';

/** The one gateway of all suites: a start takes seconds. Set once `startShared` is done. */
export let gateway: GatewayFixture;

export async function startShared(): Promise<void> {
  gateway = await startGateway({ config: { models: ALIASES, limits: { drainMs: 400 } } });
}
