export type { GgufMeta } from './gguf-writer.contract.ts';
export { quantize } from './quantize.contract.ts';
export { normals, randomOf } from './random.contract.ts';
export { writeTinyFolder, type TinyFolderOptions } from './tiny-folder.contract.ts';
export { writeTinyGguf, type TinyGgufOptions } from './tiny-gguf.contract.ts';
export { type TinyOptions, type TinyWeight, tinyShape, tinyWeights } from './tiny-weights.contract.ts';
export { referenceLogits } from './reference.contract.ts';
