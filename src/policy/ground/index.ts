export { createLibrary, type Library } from './library.ts';
export { groundStage } from './ground-stage.ts';
