export { describeModel, type ModelDescription } from './describe.ts';
export { ModelFileError } from './errors.ts';
export type { LayerWeights, Model, RopeSpec, Tensor, TensorType, TokenizerData } from './model.ts';
export { type OpenOptions, openModel } from './open.ts';
export { modelFingerprint } from './fingerprint.ts';
