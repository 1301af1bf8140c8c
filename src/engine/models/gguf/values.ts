import { DOWNLOAD_AGAIN, ModelFileError } from '../errors.ts';
import type { ModelFile } from '../model-file.ts';
import type { Cursor } from './cursor.ts';
import type { GgufArray, GgufValue } from './types.ts';

/** Chat templates and embedded JSON are long; nothing that is right is longer than this. */
const LONGEST_STRING = 1 << 26;
/** A vocabulary has up to a quarter of a million tokens, and about as many merges. */
const MOST_ELEMENTS = 1 << 22;

const STRING = 8;
const ARRAY = 9;

interface Scalar {
  readonly bytes: number;
  readonly read: (cursor: Cursor) => number;
}

const NUMBERS: ReadonlyMap<number, Scalar> = new Map<number, Scalar>([
  [0, { bytes: 1, read: (cursor) => cursor.u8() }],
  [1, { bytes: 1, read: (cursor) => cursor.i8() }],
  [2, { bytes: 2, read: (cursor) => cursor.u16() }],
  [3, { bytes: 2, read: (cursor) => cursor.i16() }],
  [4, { bytes: 4, read: (cursor) => cursor.u32() }],
  [5, { bytes: 4, read: (cursor) => cursor.i32() }],
  [6, { bytes: 4, read: (cursor) => cursor.f32() }],
  [7, { bytes: 1, read: (cursor) => cursor.u8() }],
  [10, { bytes: 8, read: (cursor) => cursor.u64() }],
  [11, { bytes: 8, read: (cursor) => cursor.i64() }],
  [12, { bytes: 8, read: (cursor) => cursor.f64() }],
]);
const BOOL = 7;

export function readString(file: ModelFile, cursor: Cursor, longest = LONGEST_STRING): string {
  const length = cursor.u64();
  if (length > longest || length > cursor.remaining) {
    throw new ModelFileError(file.path, `the header claims a string of ${length} bytes`, DOWNLOAD_AGAIN);
  }
  return cursor.text(length);
}

export function readValue(file: ModelFile, cursor: Cursor, type: number, key: string): GgufValue {
  if (type === STRING) return readString(file, cursor);
  if (type === ARRAY) return readArray(file, cursor, key);
  const value = scalarOf(file, type, key).read(cursor);
  return type === BOOL ? value !== 0 : value;
}

function readArray(file: ModelFile, cursor: Cursor, key: string): GgufArray {
  const type = cursor.u32();
  const length = cursor.u64();
  const scalar = type === STRING ? { bytes: 8, read: null } : scalarOf(file, type, key);
  if (length > MOST_ELEMENTS || length * scalar.bytes > cursor.remaining) {
    throw new ModelFileError(file.path, `"${key.slice(0, 80)}" claims ${length} elements`, DOWNLOAD_AGAIN);
  }
  if (scalar.read === null) {
    const strings: string[] = [];
    for (let i = 0; i < length; i++) strings.push(readString(file, cursor));
    return strings;
  }
  const numbers = type === 5 ? new Int32Array(length) : new Float64Array(length);
  for (let i = 0; i < length; i++) numbers[i] = scalar.read(cursor);
  return numbers;
}

function scalarOf(file: ModelFile, type: number, key: string): Scalar {
  const scalar = NUMBERS.get(type);
  if (scalar) return scalar;
  throw new ModelFileError(file.path, `"${key.slice(0, 80)}" has unknown value type ${type}`, DOWNLOAD_AGAIN);
}
