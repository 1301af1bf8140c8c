export { CATALOGUE } from './catalogue.ts';
export { findModel, type InstalledModel, listModels, modelsDir } from './model-folder.ts';
export { type PullOptions, pullModel, type PullProgress } from './pull-model.ts';
export { PullError } from './pull-error.ts';
