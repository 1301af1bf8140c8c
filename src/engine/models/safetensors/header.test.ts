import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
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
import { randomOf } from '../testing/random.contract.ts';
import { encodeSafetensors, type SafeTensor } from '../testing/safetensors-writer.contract.ts';
import { writeTinyFolder } from '../testing/tiny-folder.contract.ts';
import { readSafetensorsHeader } from './header.ts';

const dir = mkdtempSync(join(tmpdir(), 'models-safetensors-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const SMALL = { layers: 1, hidden: 32, heads: 2, kvHeads: 1, ffn: 32 };

function complaint(folder: string): unknown {
  try {
    const model = openModel(folder);
    for (const tensor of tensorsOf(model)) tensor.floats();
    model.close();
    return null;
  } catch (error) {
    return error;
  }
}

describe('a damaged safetensors file', () => {
  it('is refused wherever it is cut', () => {
    const folder = writeTinyFolder(dir, { ...SMALL, name: 'cut' });
    const path = join(folder, 'model.safetensors');
    const whole = readFileSync(path);
    const header = 8 + Number(whole.readBigUInt64LE(0));
    const lengths = [
      whole.length - 1,
      whole.length - 5000,
      ...Array.from({ length: header }, (_, i) => header - 1 - i),
    ];
    expect(complaint(folder)).toBeNull();
    for (const length of lengths) {
      truncateSync(path, length);
      const error = complaint(folder);
      if (!(error instanceof ModelFileError)) throw new Error(`${length} bytes: ${String(error)}`);
    }
  });

  it('is opened or refused, nothing else', { timeout: 120_000 }, () => {
    const folder = writeTinyFolder(dir, { ...SMALL, name: 'fuzzed' });
    const path = join(folder, 'model.safetensors');
    const whole = readFileSync(path);
    const header = 8 + Number(whole.readBigUInt64LE(0));
    const random = randomOf(Number(process.env['FUZZ_SEED'] ?? 20_260_102));
    const descriptor = openSync(path, 'r+');
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const mutated = Buffer.from(whole.subarray(0, header));
      for (let place = 0; place < 1 + random() * 4; place++) {
        const at = Math.floor(random() * (random() < 0.1 ? 8 : header));
        // Digits for digits, so that offsets and shapes change rather than the JSON break.
        const digit = mutated[at]! >= 48 && mutated[at]! <= 57;
        mutated[at] = digit ? 48 + Math.floor(random() * 10) : Math.floor(random() * 256);
      }
      writeSync(descriptor, mutated, 0, mutated.length, 0);
      const error = complaint(folder);
      if (error === null) continue;
      refused++;
      if (!(error instanceof ModelFileError)) throw new Error(`round ${round}`, { cause: error });
    }
    closeSync(descriptor);
    expect(refused).toBeGreaterThan(700);
  });
});

describe('a safetensors header', () => {
  const read = (bytes: Uint8Array) => {
    const path = join(dir, 'x.safetensors');
    writeFileSync(path, bytes);
    const file = new ModelFile(path);
    try {
      return readSafetensorsHeader(file);
    } finally {
      file.close();
    }
  };
  const withHeader = (header: unknown, data = 64) => {
    const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([length, json, Buffer.alloc(data)]);
  };
  const entry = (change: Record<string, unknown>) => ({
    a: { dtype: 'F32', shape: [4], data_offsets: [0, 16], ...change },
  });

  it('tells where tensors are', () => {
    const tensors: SafeTensor[] = [
      { name: 'a', dtype: 'F32', shape: [2, 2], bytes: new Uint8Array(16) },
      { name: 'b', dtype: 'BF16', shape: [3], bytes: new Uint8Array(6) },
    ];
    const bytes = encodeSafetensors(tensors);
    expect(read(bytes)).toMatchObject([
      { name: 'a', type: 'F32', shape: [2, 2], offset: bytes.length - 22 },
      { name: 'b', type: 'BF16', shape: [3], offset: bytes.length - 6 },
    ]);
  });

  it('that lies is refused', () => {
    expect(() => read(Buffer.alloc(4))).toThrow(/has 4 bytes/);
    expect(() => read(Buffer.alloc(16, 0xff))).toThrow(/claims a header of/);
    expect(() => read(withHeader('{"a":'))).toThrow(/not JSON/);
    expect(() => read(withHeader('['.repeat(100_000)))).toThrow(/not JSON/);
    expect(() => read(withHeader({ a: 1 }))).toThrow(/"a" is not described/);
    expect(() => read(withHeader(entry({ shape: [-4] })))).toThrow(/no shape/);
    expect(() => read(withHeader(entry({ shape: '4' })))).toThrow(/no shape/);
    expect(() => read(withHeader(entry({ data_offsets: [0] })))).toThrow(/no offsets/);
    expect(() => read(withHeader(entry({ data_offsets: [16, 0] })))).toThrow(/has -16 bytes for 4 of F32/);
    expect(() => read(withHeader(entry({ data_offsets: [52, 68] })))).toThrow(/ends at byte/);
    expect(() => read(withHeader(entry({ shape: [2 ** 52, 2 ** 52] })))).toThrow(/"a" has 16 bytes/);
    expect(() =>
      read(withHeader({ ...entry({}), b: { dtype: 'F32', shape: [2], data_offsets: [8, 16] } })),
    ).toThrow(/overlap/);
  });

  it('with another type names what is supported', () => {
    expect(() => read(withHeader(entry({ dtype: 'F8_E4M3' })))).toThrow(
      /"a" is kept as F8_E4M3.*F32, F16, BF16/,
    );
  });
});
