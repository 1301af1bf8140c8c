export { togetherStage } from './together-stage.ts';
