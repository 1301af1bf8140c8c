export { type PrefixDeps, prefixStage } from './prefix-stage.ts';
