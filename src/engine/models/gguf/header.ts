import { DOWNLOAD_AGAIN, ModelFileError } from '../errors.ts';
import type { ModelFile } from '../model-file.ts';
import { BLOCK_LAYOUTS, bytesOf, isSupportedType, SUPPORTED_TYPES } from '../quant/layout.ts';
import { refuseOverlaps, type StoredTensor } from '../stored-tensor.ts';
import { Cursor } from './cursor.ts';
import { GGML_TYPES, type GgufValue } from './types.ts';
import { readString, readValue } from './values.ts';

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** No model has more; a count beyond is damage, not a large model. */
const MOST_TENSORS = 1 << 16;
const MOST_KEYS = 1 << 16;
const LONGEST_KEY = 1 << 16;
const LONGEST_NAME = 256;
const LEAST_BYTES_A_KEY = 13;
const LEAST_BYTES_A_TENSOR = 24;

/**
 * Header of a single-file GGUF, version 2 or 3. Every count, length and offset is checked against the file before anything
 * is allocated for it.
 * @throws ModelFileError
 */
export function readGgufHeader(file: ModelFile): GgufHeader {
  const cursor = new Cursor(file);
  refuseUnreadable(file, cursor);
  const tensorCount = count(file, cursor, 'tensors', MOST_TENSORS, LEAST_BYTES_A_TENSOR);
  const keyCount = count(file, cursor, 'metadata keys', MOST_KEYS, LEAST_BYTES_A_KEY);
  const metadata = readMetadata(file, cursor, keyCount);
  const infos = Array.from({ length: tensorCount }, () => readTensorInfo(file, cursor));
  const alignment = alignmentOf(file, metadata);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  return { metadata, tensors: placed(file, infos, dataStart, alignment) };
}

function refuseUnreadable(file: ModelFile, cursor: Cursor): void {
  if (cursor.text(4) !== 'GGUF') {
    throw new ModelFileError(
      file.path,
      'it does not start with "GGUF"',
      'Give a .gguf file, or a Hugging Face folder',
    );
  }
  const version = cursor.u32();
  if (version === 2 || version === 3) return;
  if (version !== 0 && (version & 0xffff) === 0) {
    throw new ModelFileError(
      file.path,
      'it is a big-endian GGUF',
      'Take a little-endian file of the model, or convert it with gguf_convert_endian.py of llama.cpp',
    );
  }
  throw new ModelFileError(
    file.path,
    `it is GGUF version ${version}, and versions 2 and 3 are read`,
    'Take a newer file of the model, or convert it again with llama.cpp',
  );
}

function count(file: ModelFile, cursor: Cursor, what: string, most: number, leastBytes: number): number {
  const value = cursor.u64();
  if (value > most || value * leastBytes > cursor.remaining) {
    throw new ModelFileError(file.path, `the header claims ${value} ${what}`, DOWNLOAD_AGAIN);
  }
  return value;
}

function readMetadata(file: ModelFile, cursor: Cursor, keyCount: number): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < keyCount; i++) {
    const key = readString(file, cursor, LONGEST_KEY);
    if (metadata.has(key)) {
      throw new ModelFileError(file.path, `metadata key "${shown(key)}" is there twice`, DOWNLOAD_AGAIN);
    }
    metadata.set(key, readValue(file, cursor, cursor.u32(), key));
  }
  return metadata;
}

interface TensorInfo {
  readonly name: string;
  readonly type: StoredTensor['type'];
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

function readTensorInfo(file: ModelFile, cursor: Cursor): TensorInfo {
  const name = readString(file, cursor, LONGEST_NAME);
  const damaged = (what: string) =>
    new ModelFileError(file.path, `tensor "${shown(name)}" ${what}`, DOWNLOAD_AGAIN);
  const dimensions = cursor.u32();
  if (dimensions < 1 || dimensions > 4) throw damaged(`has ${dimensions} dimensions`);
  const dims = Array.from({ length: dimensions }, () => cursor.u64());
  const typeId = cursor.u32();
  const type = GGML_TYPES.get(typeId) ?? `type ${typeId}`;
  const offset = cursor.u64();
  if (!isSupportedType(type)) {
    throw new ModelFileError(
      file.path,
      `tensor "${shown(name)}" is kept as ${type}, which is not supported`,
      `Take a file of the model in one of ${SUPPORTED_TYPES.join(', ')}`,
    );
  }
  const values = dims.reduce((product, dim) => product * dim, 1);
  if (values < 1 || !Number.isSafeInteger(values)) throw damaged(`has dimensions ${dims.join(' × ')}`);
  if ((dims[0] ?? 0) % BLOCK_LAYOUTS[type].values !== 0) {
    throw damaged(`has rows of ${dims[0]} values, which are not whole blocks of ${type}`);
  }
  return { name, type, shape: outermostFirst(dims), offset, bytes: bytesOf(type, values) };
}

/** GGUF lists the columns first and may pad with ones. */
function outermostFirst(dims: readonly number[]): number[] {
  const last = dims.findLastIndex((dim) => dim !== 1);
  return dims.slice(0, Math.max(1, last + 1)).reverse();
}

function alignmentOf(file: ModelFile, metadata: ReadonlyMap<string, GgufValue>): number {
  const value = metadata.get('general.alignment') ?? 32;
  const fits =
    typeof value === 'number' && value >= 8 && value <= 1 << 20 && Number.isInteger(Math.log2(value));
  if (!fits) {
    throw new ModelFileError(
      file.path,
      `general.alignment is ${shown(String(value))}, not a power of two`,
      DOWNLOAD_AGAIN,
    );
  }
  return value;
}

function placed(
  file: ModelFile,
  infos: readonly TensorInfo[],
  dataStart: number,
  alignment: number,
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, type, shape, offset, bytes } of infos) {
    const damaged = (what: string) =>
      new ModelFileError(file.path, `tensor "${shown(name)}" ${what}`, DOWNLOAD_AGAIN);
    if (tensors.has(name)) throw damaged('is there twice');
    if (offset % alignment !== 0)
      throw damaged(`starts at ${offset}, which is not a multiple of ${alignment}`);
    if (dataStart + offset + bytes > file.size) {
      throw damaged(`ends at byte ${dataStart + offset + bytes}, and the file has ${file.size}`);
    }
    tensors.set(name, { name, type, shape, file, offset: dataStart + offset });
  }
  refuseOverlaps(file.path, infos, DOWNLOAD_AGAIN);
  return tensors;
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
