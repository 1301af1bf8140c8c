import { ModelFileError } from './errors.ts';
import type { Tensor, TensorType } from './model.ts';
import type { ModelFile } from './model-file.ts';
import { dequantize } from './quant/dequantize.ts';
import { bytesOf } from './quant/layout.ts';

/** Where a tensor's values are. Its bounds have been checked against the file. */
export interface StoredTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Outermost first; one or two numbers, after leading ones are dropped. */
  readonly shape: readonly number[];
  readonly file: ModelFile;
  readonly offset: number;
}

/** For each row of the model, which row of the file it is. */
export type RowOrder = (row: number) => number;

export function toTensor(stored: StoredTensor, order: RowOrder | null = null): Tensor {
  const { name, type, shape, file, offset } = stored;
  const columns = shape.at(-1) ?? 1;
  const rows = shape.length > 1 ? (shape[0] ?? 1) : 1;
  // A vector whose values move is moved value by value.
  const rowCount = order && shape.length === 1 ? columns : rows;
  const bytes = () => {
    const stands = file.read(offset, bytesOf(type, rows * columns));
    return order ? reordered(stands, rowCount, order) : stands;
  };
  return { name, type, rows, columns, bytes, floats: () => dequantize(type, bytes()) };
}

function reordered(bytes: Uint8Array, rowCount: number, order: RowOrder): Uint8Array {
  const size = bytes.length / rowCount;
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row < rowCount; row++) {
    const from = order(row) * size;
    out.set(bytes.subarray(from, from + size), row * size);
  }
  return out;
}

/** @throws ModelFileError when two tensors share bytes */
export function refuseOverlaps(
  path: string,
  spans: readonly { readonly name: string; readonly offset: number; readonly bytes: number }[],
  remedy: string,
): void {
  const sorted = spans.filter(({ bytes }) => bytes > 0).sort((a, b) => a.offset - b.offset);
  for (const [index, span] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next && span.offset + span.bytes > next.offset) {
      throw new ModelFileError(path, `tensors ${span.name} and ${next.name} overlap`, remedy);
    }
  }
}
