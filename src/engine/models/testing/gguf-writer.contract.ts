import { writeFileSync } from 'node:fs';

/** A metadata value with GGUF's own type. */
export type GgufMeta =
  | { readonly type: 'u32' | 'i32' | 'u64' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'i32s' | 'f32s'; readonly value: readonly number[] };

export interface GgufTensor {
  readonly name: string;
  /** GGML's number of the type. */
  readonly type: number;
  /** Fastest first: [columns, rows]. */
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

export const GGML_TYPE_IDS = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  BF16: 30,
} as const;

export interface GgufContent {
  readonly metadata: Readonly<Record<string, GgufMeta>>;
  readonly tensors: readonly GgufTensor[];
  readonly version?: 2 | 3;
  /** Also put into the metadata when given; 32 otherwise. */
  readonly alignment?: number;
}

export function writeGguf(path: string, content: GgufContent): void {
  writeFileSync(path, encodeGguf(content));
}

export function encodeGguf({ metadata, tensors, version = 3, alignment }: GgufContent): Buffer {
  const all: Record<string, GgufMeta> = alignment
    ? { ...metadata, 'general.alignment': { type: 'u32', value: alignment } }
    : metadata;
  const align = (size: number) => Math.ceil(size / (alignment ?? 32)) * (alignment ?? 32);
  const head: Buffer[] = [
    Buffer.from('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(Object.keys(all).length),
  ];
  for (const [key, meta] of Object.entries(all)) head.push(text(key), encodeMeta(meta));
  let offset = 0;
  for (const { name, type, dims, bytes } of tensors) {
    head.push(text(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset));
    offset = align(offset + bytes.length);
  }
  const header = Buffer.concat(head);
  const padded = (bytes: Uint8Array) => Buffer.concat([bytes], align(bytes.length));
  return Buffer.concat([padded(header), ...tensors.map(({ bytes }) => padded(bytes))]);
}

function encodeMeta(meta: GgufMeta): Buffer {
  switch (meta.type) {
    case 'u32':
      return Buffer.concat([u32(4), u32(meta.value)]);
    case 'i32':
      return Buffer.concat([u32(5), i32(meta.value)]);
    case 'f32':
      return Buffer.concat([u32(6), f32(meta.value)]);
    case 'bool':
      return Buffer.concat([u32(7), Buffer.of(meta.value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([u32(8), text(meta.value)]);
    case 'u64':
      return Buffer.concat([u32(10), u64(meta.value)]);
    case 'strings':
      return Buffer.concat([u32(9), u32(8), u64(meta.value.length), ...meta.value.map(text)]);
    case 'i32s':
      return Buffer.concat([u32(9), u32(5), u64(meta.value.length), ...meta.value.map(i32)]);
    case 'f32s':
      return Buffer.concat([u32(9), u32(6), u64(meta.value.length), ...meta.value.map(f32)]);
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
