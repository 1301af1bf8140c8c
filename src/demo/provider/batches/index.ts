import type { ProviderApi } from '../api.ts';
import type { Endpoint } from '../wire.ts';
import { anthropicBatches } from './anthropic.ts';
import { geminiBatches } from './gemini.ts';
import { openAiBatches } from './openai.ts';
import type { BatchState, SimulatedBatches } from './state.ts';

export { createSimulatedBatches, type SimulatedBatches } from './state.ts';

/** The endpoints of a provider's batches; `single` answer each call of them. */
export function batchEndpoints(
  api: ProviderApi,
  batches: SimulatedBatches,
  single: readonly Endpoint[],
): readonly Endpoint[] {
  const state = batches as BatchState;
  switch (api) {
    case 'openai':
      return [openAiBatches(state, single)];
    case 'anthropic':
      return [anthropicBatches(state, single)];
    case 'google':
      return [geminiBatches(state, single)];
    case 'openai-compatible':
      return [];
  }
}
