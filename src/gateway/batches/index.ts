export { type Batching, openBatching } from './open.ts';
