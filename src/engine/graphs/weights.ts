import type { Tensor, TensorType } from '../models/model.ts';
import { BLOCK_FORMS, type BlockForm, type BlockSink, type BlockType } from './block-forms.ts';
import { halfTable } from '../models/quant/half.ts';

/** What becomes of F32, F16 and BF16 matrices: kept as 32-bit floats, or rounded to 8 bits in blocks of 32. */
export type FloatWeights = 'keep' | 'q8';

/** The rows of one or more matrices, ready for ONNX Runtime. */
export type Weight =
  | {
      readonly kind: 'floats';
      readonly rows: number;
      readonly columns: number;
      readonly values: Float32Array;
    }
  | ({ readonly kind: 'blocks'; readonly rows: number; readonly columns: number } & Pick<
      BlockForm,
      'bits' | 'block'
    > &
      BlockSink);

/** A matrix and what its outputs are multiplied by, such as attention's 1/√d. */
export interface ScaledTensor {
  readonly tensor: Tensor;
  readonly scale: number;
}

/** Matrices of equal form can be one product. */
export function formOf(tensor: Tensor, floats: FloatWeights): BlockForm | 'floats' | 'q8' {
  if (isBlockType(tensor.type)) return BLOCK_FORMS[tensor.type];
  return floats === 'q8' && tensor.columns % 32 === 0 ? 'q8' : 'floats';
}

/** Packs matrices of equal form, one below the other. */
export function packRows(parts: readonly [ScaledTensor, ...ScaledTensor[]], floats: FloatWeights): Weight {
  const columns = parts[0].tensor.columns;
  const rows = parts.reduce((sum, { tensor }) => sum + tensor.rows, 0);
  const form = formOf(parts[0].tensor, floats);
  if (form === 'floats') return { kind: 'floats', rows, columns, values: packFloats(parts, rows * columns) };
  const { bits, block, hasOffsets } = form === 'q8' ? BLOCK_FORMS.Q8_0 : form;
  const blocks = (rows * columns) / block;
  const sink: BlockSink = {
    values: new Uint8Array((rows * columns * bits) / 8),
    scales: new Float32Array(blocks),
    offsets: hasOffsets ? new Float32Array(blocks) : null,
  };
  let first = 0;
  for (const { tensor, scale } of parts) {
    const count = (tensor.rows * columns) / block;
    if (form === 'q8') putRounded(tensor.floats(), sink, first);
    else putStored(form, tensor.bytes(), sink, first);
    scaleBy(sink.scales.subarray(first, first + count), scale);
    if (sink.offsets) scaleBy(sink.offsets.subarray(first, first + count), scale);
    first += count;
  }
  return { kind: 'blocks', rows, columns, bits, block, ...sink };
}

/** Reads single rows of a matrix as numbers, without decoding the others. */
export function rowReader(tensor: Tensor): (row: number, out: Float32Array) => void {
  const { type, columns } = tensor;
  const stored = tensor.bytes();
  if (!isBlockType(type)) {
    const size = type === 'F32' ? 4 : 2;
    const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
    return (row, out) => {
      for (let i = 0; i < columns; i++) out[i] = readFloat(view, (row * columns + i) * size, type);
    };
  }
  const form = BLOCK_FORMS[type];
  const { bits, block, hasOffsets, storedBytes, storedValues } = form;
  const perRow = columns / storedValues;
  const sink: BlockSink = {
    values: new Uint8Array((columns * bits) / 8),
    scales: new Float32Array(columns / block),
    offsets: hasOffsets ? new Float32Array(columns / block) : null,
  };
  return (row, out) => {
    for (let i = 0; i < perRow; i++)
      form.put(stored, (row * perRow + i) * storedBytes, sink, (i * storedValues) / block);
    for (let i = 0; i < columns; i++) {
      const value = bits === 8 ? (sink.values[i] ?? 0) - 128 : nibble(sink.values, i) - 8;
      const at = Math.floor(i / block);
      out[i] = value * (sink.scales[at] ?? 0) + (sink.offsets?.[at] ?? 0);
    }
  };
}

function isBlockType(type: TensorType): type is BlockType {
  return type in BLOCK_FORMS;
}

function nibble(values: Uint8Array, i: number): number {
  return ((values[i >> 1] ?? 0) >> ((i & 1) * 4)) & 15;
}

function readFloat(view: DataView, at: number, type: 'F32' | 'F16' | 'BF16'): number {
  if (type === 'F32') return view.getFloat32(at, true);
  if (type === 'F16') return halfTable()[view.getUint16(at, true)] ?? 0;
  BITS[0] = view.getUint16(at, true) << 16;
  return AS_FLOAT[0] ?? 0;
}

const BITS = new Uint32Array(1);
const AS_FLOAT = new Float32Array(BITS.buffer);

function packFloats(parts: readonly ScaledTensor[], length: number): Float32Array {
  const values = new Float32Array(length);
  let at = 0;
  for (const { tensor, scale } of parts) {
    const floats = tensor.floats();
    values.set(floats, at);
    scaleBy(values.subarray(at, at + floats.length), scale);
    at += floats.length;
  }
  return values;
}

function putStored(form: BlockForm, stored: Uint8Array, sink: BlockSink, first: number): void {
  const blocksEach = form.storedValues / form.block;
  let block = first;
  for (let from = 0; from < stored.length; from += form.storedBytes, block += blocksEach)
    form.put(stored, from, sink, block);
}

/** Each block's largest magnitude becomes ±127. */
function putRounded(floats: Float32Array, { values, scales }: BlockSink, first: number): void {
  for (let block = 0; block * 32 < floats.length; block++) {
    let largest = 0;
    for (let i = 0; i < 32; i++) largest = Math.max(largest, Math.abs(floats[block * 32 + i] ?? 0));
    const scale = largest / 127;
    scales[first + block] = scale;
    for (let i = 0; i < 32; i++) {
      const value = scale === 0 ? 0 : Math.round((floats[block * 32 + i] ?? 0) / scale);
      values[(first + block) * 32 + i] = value + 128;
    }
  }
}

function scaleBy(values: Float32Array, factor: number): void {
  if (factor === 1) return;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * factor;
}
