import type { TensorType } from '../model.ts';

/** `values` numbers are kept together in `bytes` bytes. */
export interface BlockLayout {
  readonly values: number;
  readonly bytes: number;
}

export const BLOCK_LAYOUTS: Readonly<Record<TensorType, BlockLayout>> = {
  F32: { values: 1, bytes: 4 },
  F16: { values: 1, bytes: 2 },
  BF16: { values: 1, bytes: 2 },
  Q8_0: { values: 32, bytes: 34 },
  Q4_0: { values: 32, bytes: 18 },
  Q4_1: { values: 32, bytes: 20 },
  Q4_K: { values: 256, bytes: 144 },
  Q5_K: { values: 256, bytes: 176 },
  Q6_K: { values: 256, bytes: 210 },
};

export const SUPPORTED_TYPES = Object.keys(BLOCK_LAYOUTS) as readonly TensorType[];

export function isSupportedType(name: string): name is TensorType {
  return Object.hasOwn(BLOCK_LAYOUTS, name);
}

/** Bytes of `values` numbers, which must be whole blocks. */
export function bytesOf(type: TensorType, values: number): number {
  const layout = BLOCK_LAYOUTS[type];
  return (values / layout.values) * layout.bytes;
}
