export { PrefixHistory } from './history.ts';
export { type PrefixDeps, prefixStage } from './prefix-stage.ts';
