export { compressTo } from './compress-to.ts';
export type { FitDeps } from './fit-deps.ts';
export { fitStage } from './fit-stage.ts';
export type { CompressTo } from './way.ts';
export { type ContextWindows, contextWindows } from './windows.ts';
