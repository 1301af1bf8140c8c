import { readFileSync } from 'node:fs';

/** The WASM kernels (kernels/assembly), over one memory. All pointers are bytes into it, all sizes counts. */
export interface Kernels {
  attendBf16(
    base: number,
    blockBytes: number,
    list: number,
    count: number,
    lastTokens: number,
    kvHeads: number,
    queries: number,
    dim: number,
    q: number,
    m: number,
    e: number,
    o: number,
    scratch: number,
  ): void;
  attendInt8(
    base: number,
    blockBytes: number,
    list: number,
    count: number,
    lastTokens: number,
    kvHeads: number,
    queries: number,
    dim: number,
    q: number,
    qScale: number,
    m: number,
    e: number,
    o: number,
    scratch: number,
  ): void;
  shortenQueries(q: number, count: number, dim: number, out: number, factors: number): void;
  expInPlace(at: number, count: number): void;
  clear(m: number, e: number, count: number, o: number, width: number): void;
  narrow(at: number, count: number, pitch: number, bytes: number): void;
  swapOuter(from: number, to: number, rows: number, columns: number, bytes: number): void;
  appendBf16: Append;
  appendInt8: Append;
  expandBf16: Expand;
  expandInt8: Expand;
  roundBf16: Round;
  roundInt8: Round;
}

type Append = (
  base: number,
  blockBytes: number,
  blocks: number,
  slots: number,
  count: number,
  kvHeads: number,
  dim: number,
  k: number,
  v: number,
) => void;

type Expand = (
  base: number,
  blockBytes: number,
  list: number,
  tokens: number,
  dim: number,
  k: number,
  v: number,
) => void;

type Round = (x: number, count: number, dim: number) => void;

let compiled: WebAssembly.Module | null = null;

/** Compiled once a thread. Relaxed SIMD (fused multiply-add) where the engine has it. */
export function kernelsOver(memory: WebAssembly.Memory): Kernels {
  compiled ??= compile();
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory, abort } });
  return exports as unknown as Kernels;
}

function compile(): WebAssembly.Module {
  const relaxed = wasm('kernels-relaxed.wasm');
  return new WebAssembly.Module(WebAssembly.validate(relaxed) ? relaxed : wasm('kernels.wasm'));
}

function wasm(file: string): Uint8Array<ArrayBuffer> {
  const place = import.meta.url.endsWith('.ts') ? '../../../dist/engine/attention/' : '../attention/';
  return Uint8Array.from(readFileSync(new URL(place + file, import.meta.url)));
}

function abort(): never {
  throw new Error('a KV kernel failed');
}
