export { retryStage } from './retry-stage.ts';
