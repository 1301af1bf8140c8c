export type { History } from './penalties.ts';
export { createSampler, type Sampled, type Sampler } from './sampler.ts';
export { PLAIN_SAMPLING } from './sampling-options.ts';
export { createStopFilter, type StopFilter } from './stop-filter.ts';
