import { afterAll, beforeAll, beforeEach } from 'vitest';
import { LONGEST_START_MS } from '../launch.ts';
import { gateway, startShared } from './shared-gateway.ts';

beforeAll(startShared, LONGEST_START_MS);
afterAll(() => gateway.stop());
beforeEach(() => {
  for (const fake of Object.values(gateway.providers)) fake.reset();
});

import './matrix.suite.ts';
import './relay.suite.ts';
import './translation.suite.ts';
import './reasoning.suite.ts';
import './tiers.suite.ts';
import './endpoints.suite.ts';
import './attribution.suite.ts';
// The last one: once a virtual key exists, nothing else is accepted.
import './keys.suite.ts';
