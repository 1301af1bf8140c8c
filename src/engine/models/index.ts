export { describeModel, type ModelDescription, tensorsOf } from './describe.ts';
export { ModelFileError } from './errors.ts';
export type { LayerWeights, Model, RopeSpec, Tensor, TensorType, TokenizerData } from './model.ts';
export { type OpenOptions, openModel } from './open.ts';
export { dequantize } from './quant/dequantize.ts';
export { BLOCK_LAYOUTS, bytesOf } from './quant/layout.ts';
