/**
 * ONNX models from plain values: what of onnx.proto an inference graph needs, encoded as protobuf.
 * A graph over 2 GB must keep its weights outside (`externalTensor`).
 */
export const ELEMENT = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;
export type ElementType = keyof typeof ELEMENT;

/** A number is a size, a string the name of a size that is known only at run time. */
export type Dim = number | string;

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: Uint8Array };

export interface NodeSpec {
  readonly op: string;
  /** An empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** `com.microsoft` for ONNX Runtime's own operators. */
  readonly domain?: string;
  readonly name?: string;
}

export interface ModelSpec {
  readonly name: string;
  /** From `node`. */
  readonly nodes: readonly Uint8Array[];
  /** From `value`. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  /** From `tensor` and `externalTensor`. */
  readonly initializers?: readonly Uint8Array[];
  /** Version of the standard operators; 21 when not said. */
  readonly opset?: number;
}

export function node({ op, inputs, outputs, attributes = {}, domain, name }: NodeSpec): Uint8Array {
  return join([
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    ...(name === undefined ? [] : [text(3, name)]),
    text(4, op),
    ...Object.entries(attributes).map(([key, value]) => bytes(5, attribute(key, value))),
    ...(domain === undefined ? [] : [text(7, domain)]),
  ]);
}

/** An input or output of the graph. */
export function value(name: string, type: ElementType, dims: readonly Dim[]): Uint8Array {
  const shape = dims.map((dim) => bytes(1, typeof dim === 'number' ? int(1, dim) : text(2, dim)));
  return join([text(1, name), bytes(2, bytes(1, join([int(1, ELEMENT[type]), bytes(2, join(shape))])))]);
}

/** A constant whose little-endian bytes stand in the model. */
export function tensor(
  name: string,
  type: ElementType,
  dims: readonly number[],
  data: ArrayBufferView,
): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return join([tensorHead(name, type, dims), bytes(9, raw)]);
}

/** A constant whose bytes are `length` bytes at `offset` of a file, or of a buffer given to the session under that name. */
export function externalTensor(
  name: string,
  type: ElementType,
  dims: readonly number[],
  place: { readonly location: string; readonly offset: number; readonly length: number },
): Uint8Array {
  const entries = Object.entries(place).map(([key, entry]) =>
    bytes(13, join([text(1, key), text(2, String(entry))])),
  );
  return join([tensorHead(name, type, dims), ...entries, int(14, 1)]);
}

export function model({
  name,
  nodes,
  inputs,
  outputs,
  initializers = [],
  opset = 21,
}: ModelSpec): Uint8Array {
  const graph = join([
    ...nodes.map((each) => bytes(1, each)),
    text(2, name),
    ...initializers.map((each) => bytes(5, each)),
    ...inputs.map((each) => bytes(11, each)),
    ...outputs.map((each) => bytes(12, each)),
  ]);
  return join([
    int(1, 10),
    bytes(7, graph),
    bytes(8, join([text(1, ''), int(2, opset)])),
    bytes(8, join([text(1, 'com.microsoft'), int(2, 1)])),
  ]);
}

function tensorHead(name: string, type: ElementType, dims: readonly number[]): Uint8Array {
  return join([...dims.map((dim) => int(1, dim)), int(2, ELEMENT[type]), text(8, name)]);
}

function attribute(name: string, of: Attribute): Uint8Array {
  const head = text(1, name);
  if ('float' in of) return join([head, float(2, of.float), int(20, 1)]);
  if ('int' in of) return join([head, int(3, of.int), int(20, 2)]);
  if ('string' in of) return join([head, text(4, of.string), int(20, 3)]);
  if ('tensor' in of) return join([head, bytes(5, of.tensor), int(20, 4)]);
  if ('floats' in of) return join([head, ...of.floats.map((each) => float(7, each)), int(20, 6)]);
  return join([head, ...of.ints.map((each) => int(8, each)), int(20, 7)]);
}

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

function int(field: number, of: number): Uint8Array {
  return join([varint((field << 3) | VARINT), varint(of)]);
}

function float(field: number, of: number): Uint8Array {
  const raw = new Uint8Array(4);
  new DataView(raw.buffer).setFloat32(0, of, true);
  return join([varint((field << 3) | FIXED32), raw]);
}

function text(field: number, of: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(of));
}

function bytes(field: number, of: Uint8Array): Uint8Array {
  return join([varint((field << 3) | LENGTH), varint(of.byteLength), of]);
}

/** Negative numbers take ten bytes, as two's complement of 64 bits. */
function varint(of: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(of));
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return Uint8Array.from(out);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}
