import { rounded } from '../../attention/reference.ts';
import type { KvShape } from '../../ports.ts';

/** Rounds keys or values, [rows, kvHeads, headDim], to what the cache will hold of them, in place. */
export function roundKv({ type, headDim }: Pick<KvShape, 'type' | 'headDim'>, values: Float32Array): void {
  for (let at = 0; at < values.length; at += headDim)
    values.set(rounded(values.subarray(at, at + headDim), type), at);
}
