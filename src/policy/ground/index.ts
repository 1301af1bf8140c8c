export { createLibrary, type Library } from './library.ts';
export { groundStage } from './ground-stage.ts';
export { createExampleBook, type ExampleBook } from './examples/example-book.ts';
export { type Exchange, exampleOf } from './examples/example-of.ts';
export { examplesStage } from './examples/examples-stage.ts';
