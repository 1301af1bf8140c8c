export { type RetryDeps, retryStage } from './retry-stage.ts';
