import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { modelFingerprint } from './fingerprint.ts';
import { openModel } from './index.ts';
import { type TinyGgufOptions, writeTinyGguf } from './testing/index.contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'fingerprint-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fingerprint(options: TinyGgufOptions): string {
  const model = openModel(writeTinyGguf(dir, options));
  try {
    return modelFingerprint(model);
  } finally {
    model.close();
  }
}

it('is the same for the same weights under any name, and another for others', () => {
  const one = fingerprint({ name: 'a', seed: 1 });
  expect(fingerprint({ name: 'b', seed: 1 })).toBe(one);
  const others: readonly TinyGgufOptions[] = [
    { seed: 2 },
    { seed: 1, theta: 5_000 },
    { seed: 1, normEps: 1e-6 },
    { seed: 1, layers: 3 },
    { seed: 1, type: 'Q8_0' },
    { seed: 1, ropeScaling: { type: 'linear', factor: 2 } },
  ];
  const prints = others.map((options, i) => fingerprint({ name: `other-${i}`, ...options }));
  expect(new Set([one, ...prints]).size).toBe(others.length + 1);
});
