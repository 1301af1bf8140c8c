export { dot } from '../../core/similarity.ts';
