import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run.contract.ts';

const TEXT =
  'The harbour was rebuilt in 1958. Gulls like its quays.\n\nBread is baked in town every morning. The baker rises at three.\n\nFerries to Dover left until 1994. The last was called Reine Astrid.\n';

let dir: string;
let file: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'compress-'));
  file = join(dir, 'text.md');
  writeFileSync(file, TEXT);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('compress', () => {
  it('prints the shorter text, and what was done', async () => {
    const line = [
      'compress',
      file,
      '--keep',
      '0.5',
      '--scorer',
      'lexical',
      '--question',
      'What was the last ferry to Dover called?',
    ];
    const { code, out, err } = await runCommand(line);
    expect([code, out]).toEqual([0, 'Ferries to Dover left until 1994. The last was called Reine Astrid.\n']);
    expect(err).toMatch(/^\d+ of \d+ tokens kept \(\d+\.\d %\), 2 of 6 spans\n$/);
    const json = await runCommand([...line, '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      text: out,
      spans: 6,
      kept: 2,
      exact: true,
      model: 'gpt-4o',
    });
  });

  it('needs the model for meanings, and never takes words for them by itself', async () => {
    const { code, out, err } = await runCommand(['compress', file, '--dir', dir]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/models pull minilm.*--scorer lexical/s);
  });

  it.each([
    ['--keep', '0'],
    ['--keep', '1.5'],
    ['--reduce', '1'],
    ['--keep', '0.5', '--reduce', '0.5'],
  ])('refuses %s %s %s %s', async (...options) => {
    expect((await runCommand(['compress', file, ...options.filter(Boolean)])).code).toBe(2);
  });

  it('says when there is no such file', async () => {
    expect(await runCommand(['compress', join(dir, 'none')])).toMatchObject({ code: 1, out: '' });
  });
});
