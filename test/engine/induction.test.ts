import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openModel } from '../../src/engine/models/index.ts';
import { referenceLogits } from '../../src/engine/models/testing/index.contract.ts';
import { passkeyPrompt, writeInductionModel } from './induction.ts';

const dir = mkdtempSync(join(tmpdir(), 'induction-'));
const model = openModel(writeInductionModel(dir));
afterAll(() => {
  model.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the induction model, computed plainly', () => {
  it.each([0, 0.37, 1])('finds the key at depth %f', (depth) => {
    const { prompt, key } = passkeyPrompt(200, depth, 11);
    const tokens = [...prompt, ...key];
    const logits = referenceLogits(model, tokens);
    key.forEach((token, i) => {
      const row = logits[prompt.length - 1 + i]!;
      const best = row.indexOf(Math.max(...row));
      expect(best).toBe(token);
      const next = Math.max(...row.filter((_, other) => other !== token));
      expect(row[token]! - next).toBeGreaterThan(1);
    });
  });
});
