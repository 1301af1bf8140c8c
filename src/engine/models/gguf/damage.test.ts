import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tensorsOf } from '../describe.ts';
import { ModelFileError } from '../errors.ts';
import { ModelFile } from '../model-file.ts';
import { openModel } from '../open.ts';
import { encodeGguf, type GgufContent, GGML_TYPE_IDS } from '../testing/gguf-writer.contract.ts';
import { randomOf } from '../testing/random.contract.ts';
import { writeTinyGguf } from '../testing/tiny-gguf.contract.ts';
import { readGgufHeader } from './header.ts';

const dir = mkdtempSync(join(tmpdir(), 'models-damage-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const SMALL = { layers: 1, hidden: 32, heads: 2, kvHeads: 1, ffn: 32 };

function headerBytes(path: string): number {
  const file = new ModelFile(path);
  const offsets = [...readGgufHeader(file).tensors.values()].map(({ offset }) => offset);
  file.close();
  return Math.min(...offsets);
}

/** What is thrown when the file is opened and all of it is read; null when nothing is. */
function complaint(path: string): unknown {
  try {
    const model = openModel(path);
    for (const tensor of tensorsOf(model)) tensor.floats();
    model.close();
    return null;
  } catch (error) {
    return error;
  }
}

describe('a truncated GGUF', () => {
  it('is refused at every byte of the header, and at the last byte of the data', () => {
    const path = writeTinyGguf(dir, { ...SMALL, name: 'truncated' });
    const header = headerBytes(path);
    const { size } = statSync(path);
    const lengths = [size - 1, size - 4096, ...Array.from({ length: header }, (_, i) => header - 1 - i)];
    expect(complaint(path)).toBeNull();
    for (const length of lengths) {
      truncateSync(path, length);
      const error = complaint(path);
      if (!(error instanceof ModelFileError)) throw new Error(`${length} bytes: ${String(error)}`);
    }
  });
});

describe('a corrupted GGUF', () => {
  it('is opened or refused, nothing else, and never takes much memory', { timeout: 120_000 }, () => {
    const whole = writeTinyGguf(dir, { ...SMALL, name: 'whole', type: 'Q8_0' });
    const path = join(dir, 'fuzzed.gguf');
    copyFileSync(whole, path);
    const header = headerBytes(whole);
    const original = readFileSync(whole).subarray(0, header);
    const random = randomOf(Number(process.env['FUZZ_SEED'] ?? 20_260_101));
    const before = process.resourceUsage().maxRSS;
    const descriptor = openSync(path, 'r+');
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const mutated = mutate(original, random);
      writeSync(descriptor, mutated, 0, mutated.length, 0);
      const error = complaint(path);
      if (error === null) continue;
      refused++;
      if (!(error instanceof ModelFileError)) throw new Error(`round ${round}`, { cause: error });
    }
    closeSync(descriptor);
    expect(refused).toBeGreaterThan(1000);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(512 * 1024);
  });

  /** Damages 1 to 6 places: bytes, or 8 bytes that read as a huge count; half of them where counts are. */
  function mutate(original: Uint8Array, random: () => number): Uint8Array {
    const out = Uint8Array.from(original);
    const places = 1 + Math.floor(random() * 6);
    for (let place = 0; place < places; place++) {
      const near = random();
      const span = near < 0.2 ? [0, 24] : near < 0.6 ? [out.length - 900, 900] : [0, out.length];
      const at = span[0]! + Math.floor(random() * span[1]!);
      const kind = random();
      if (kind < 0.5) out[at] = Math.floor(random() * 256);
      else if (kind < 0.75) out[at] = out[at]! ^ (1 << Math.floor(random() * 8));
      else out.fill(kind < 0.9 ? 0xff : 0, at, at + 8);
    }
    return out;
  }
});

describe('a GGUF that lies', () => {
  const content = (change: Partial<GgufContent>): GgufContent => ({
    metadata: { 'general.architecture': { type: 'string', value: 'llama' } },
    tensors: [{ name: 'a', type: GGML_TYPE_IDS.F32, dims: [8], bytes: new Uint8Array(32) }],
    ...change,
  });
  const read = (bytes: Uint8Array) => {
    const path = join(dir, 'lies.gguf');
    writeFileSync(path, bytes);
    const file = new ModelFile(path);
    try {
      return readGgufHeader(file);
    } finally {
      file.close();
    }
  };
  const patched = (at: number, value: bigint) => {
    const bytes = encodeGguf(content({}));
    bytes.writeBigUInt64LE(value, at);
    return bytes;
  };

  it('about how many there are is not believed', () => {
    for (const count of [1000n, 1n << 32n, 1n << 53n, (1n << 64n) - 1n]) {
      expect(() => read(patched(8, count))).toThrow(/claims .* tensors/);
      expect(() => read(patched(16, count))).toThrow(/claims .* metadata keys/);
      expect(() => read(patched(24, count))).toThrow(/claims a string/);
    }
    const list = encodeGguf(content({ metadata: { list: { type: 'i32s', value: [1, 2] } } }));
    const at = list.indexOf('list') + 4 + 4 + 4;
    for (const count of [3000n, 1n << 40n]) {
      list.writeBigUInt64LE(count, at);
      expect(() => read(list)).toThrow(/"list" claims .* elements/);
    }
  });

  it('about where tensors are is found out', () => {
    const tensor = (name: string, dims: number[], bytes = 32, type: number = GGML_TYPE_IDS.F32) => ({
      name,
      type,
      dims,
      bytes: new Uint8Array(bytes),
    });
    const two = encodeGguf(content({ tensors: [tensor('a', [8]), tensor('b', [8])] }));
    expect(read(two).tensors.size).toBe(2);
    const offsetOfB = two.indexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 98])) + 9 + 4 + 8 + 4;
    two.writeBigUInt64LE(0n, offsetOfB);
    expect(() => read(two)).toThrow(/tensors (a and b|b and a) overlap/);
    two.writeBigUInt64LE(8n, offsetOfB);
    expect(() => read(two)).toThrow(/not a multiple of 32/);
    two.writeBigUInt64LE(1n << 62n, offsetOfB);
    expect(() => read(two)).toThrow(/ends at byte/);
    expect(() => read(encodeGguf(content({ tensors: [tensor('a', [8]), tensor('a', [8])] })))).toThrow(
      /is there twice/,
    );
    expect(() => read(encodeGguf(content({ tensors: [tensor('a', [2 ** 40, 2 ** 40])] })))).toThrow(
      /has dimensions/,
    );
    expect(() => read(encodeGguf(content({ tensors: [tensor('a', [0])] })))).toThrow(/has dimensions/);
    expect(() => read(encodeGguf(content({ tensors: [tensor('a', [1, 1, 1, 1, 1])] })))).toThrow(
      /5 dimensions/,
    );
    expect(() => read(encodeGguf(content({ tensors: [tensor('a', [40], 34, GGML_TYPE_IDS.Q8_0)] })))).toThrow(
      /rows of 40 values, which are not whole blocks of Q8_0/,
    );
  });

  it('or is of a kind that is not read is refused by name', () => {
    const bytes = encodeGguf(content({}));
    bytes.writeUInt32BE(3, 4);
    expect(() => read(bytes)).toThrow(/big-endian.*little-endian/);
    bytes.writeUInt32LE(1, 4);
    expect(() => read(bytes)).toThrow(/version 1, and versions 2 and 3 are read/);
    expect(() => read(Buffer.from('GGML and so on'))).toThrow(/does not start with "GGUF"/);
    const iq = { name: 'blk.0.ffn_up.weight', type: 20, dims: [32], bytes: new Uint8Array(18) };
    expect(() => read(encodeGguf(content({ tensors: [iq] })))).toThrow(
      /"blk.0.ffn_up.weight" is kept as IQ4_NL, .* F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K, Q5_K, Q6_K/,
    );
    expect(() => read(encodeGguf(content({ alignment: 24 })))).toThrow(/alignment is 24/);
    const twice = encodeGguf(
      content({ metadata: { aa: { type: 'u32', value: 1 }, ab: { type: 'u32', value: 1 } } }),
    );
    twice.write('aa', twice.indexOf('ab'));
    expect(() => read(twice)).toThrow(/"aa" is there twice/);
  });
});
