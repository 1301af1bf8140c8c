export { type CompressDeps, compressStage } from './compress-stage.ts';
export { createGuards, NO_GUARDS, type Guards, type GuardState } from './guard.ts';
