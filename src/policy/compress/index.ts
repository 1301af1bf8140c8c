export { type CompressDeps, compressStage } from './compress-stage.ts';
export { compressAccess, createGuards, NO_GUARDS, type Guards, type GuardState } from './guard.ts';
