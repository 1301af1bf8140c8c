import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openModel } from './open.ts';
import { describeModel, tensorsOf } from './describe.ts';
import type { Model } from './model.ts';
import { writeTinyFolder } from './testing/tiny-folder.contract.ts';
import { writeTinyGguf } from './testing/tiny-gguf.contract.ts';
import type { TinyFamily, TinyOptions } from './testing/tiny-weights.contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'models-open-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const FAMILIES: readonly TinyFamily[] = ['llama', 'mistral', 'qwen2', 'qwen3'];

/** Everything but where it came from and how the tokenizer's JSON is written. */
function essence(model: Model) {
  const { head, tokenizer, close: _, layers, embedding, outputNorm, ...numbers } = model;
  const { chatTemplate, bosToken, eosTokens, addBos } = tokenizer;
  return {
    numbers,
    tied: head === embedding,
    text: { chatTemplate, bosToken, eosTokens, addBos },
    present: layers
      .map((layer) => Object.entries(layer).filter(([, tensor]) => tensor !== null))
      .map((l) => l.map(([role]) => role)),
    shapes: tensorsOf(model).map(({ rows, columns, type }) => [type, rows, columns]),
    norm: outputNorm.floats(),
  };
}

function expectSame(a: Model, b: Model): void {
  expect(essence(a)).toEqual(essence(b));
  const theirs = tensorsOf(b);
  for (const [index, tensor] of tensorsOf(a).entries()) {
    expect(Buffer.from(tensor.bytes()).equals(theirs[index]!.bytes()), tensor.name).toBe(true);
  }
}

describe('openModel', () => {
  it.each(FAMILIES)('reads the same %s from a GGUF and from a folder', (family) => {
    const options: TinyOptions = { family, seed: 7, name: `same-${family}` };
    const gguf = openModel(writeTinyGguf(dir, { ...options, normEps: 2 ** -16 }));
    const folder = openModel(writeTinyFolder(dir, { ...options, normEps: 2 ** -16 }));
    expectSame(gguf, folder);
    expect(gguf.layers[0]!.qBias === null).toBe(family !== 'qwen2');
    expect(gguf.layers[0]!.qNorm === null).toBe(family !== 'qwen3');
    gguf.close();
    folder.close();
  });
});
