import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { progressLine } from '../output/progress.ts';
import { runCommand } from '../testing/run.contract.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'models-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe('models', () => {
  it('lists what is there', async () => {
    mkdirSync(join(dir, 'tiny'));
    writeFileSync(join(dir, 'tiny', 'm.gguf'), Buffer.alloc(1_500_000));
    writeFileSync(
      join(dir, 'tiny', 'model.json'),
      JSON.stringify({ source: 'hub:o/r', pulledAt: '2026-11-24T08:00:00.000Z' }),
    );
    writeFileSync(join(dir, 'by-hand.gguf'), 'x');
    mkdirSync(join(dir, 'half.pulling'));
    const { code, out } = await runCommand(['models', 'list', '--dir', dir]);
    expect(code).toBe(0);
    expect(out.replaceAll(dir, '/models')).toMatchInlineSnapshot(`
      "name     kind        size  pulled (UTC)         from               path
      by-hand  language  0.0 MB  –                    put there by hand  /models/by-hand.gguf
      tiny     language  1.5 MB  2026-11-24 08:00:00  hub:o/r            /models/tiny/m.gguf
      "
    `);
    const json = await runCommand(['models', 'list', '--dir', dir, '--json']);
    expect(JSON.parse(json.out)).toMatchObject([{ name: 'by-hand', source: null }, { name: 'tiny' }]);
  });

  it('says how to get one when there is none', async () => {
    const { out } = await runCommand(['models', 'list', '--dir', join(dir, 'none')]);
    expect(out).toBe('No models. Get one with "infinite-llm models pull smollm2-135m-instruct".\n');
  });

  it('says in one line what is wrong', async () => {
    const pull = await runCommand(['models', 'pull', '../x', '--dir', dir]);
    expect(pull.code).toBe(1);
    expect(pull.err).toContain('error: There is no model "../x". Known are: smollm2-135m-instruct');
    const show = await runCommand(['models', 'show', 'nothing', '--dir', dir]);
    expect(show.err).toContain('error: There is no model nothing in ');
    writeFileSync(join(dir, 'bad.gguf'), 'GGUF and then nothing');
    const bad = await runCommand(['models', 'show', join(dir, 'bad.gguf')]);
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(/^error: .*bad\.gguf: /);
    expect(bad.err.trim().split('\n')).toHaveLength(1);
  });
});

describe('progress', () => {
  const shown = (interactive: boolean): string => {
    let err = '';
    let now = 0;
    const line = progressLine({ err: (text) => void (err += text), interactive, now: () => now });
    for (let share = 0; share <= 100; share++) {
      line.show({ file: 'm.gguf', bytes: share * 1e6, totalBytes: 1e8 });
      now += 50;
    }
    line.note('Trying the next source.');
    line.show({ file: 'm.whl', bytes: 0, totalBytes: 2e9 });
    line.end();
    return err;
  };

  it('is a line for each tenth where nobody watches', () => {
    const lines = shown(false).trim().split('\n');
    expect(lines[0]).toBe('m.gguf: 0 % of 100.0 MB');
    expect(lines).toContain('m.gguf: 50 % of 100.0 MB, 20.0 MB/s');
    expect(lines.slice(-2)).toEqual(['Trying the next source.', 'm.whl: 0 % of 2.00 GB']);
    expect(lines).toHaveLength(13);
  });

  it('is one line that changes where people watch', () => {
    const text = shown(true);
    expect(text.split('\n').map((line) => line.split('\r').at(-1))).toEqual([
      '\u001b[Km.gguf: 100 % of 100.0 MB, 20.0 MB/s',
      'Trying the next source.',
      '\u001b[Km.whl: 0 % of 2.00 GB',
      '',
    ]);
    expect(text.split('\r').length).toBeLessThan(30);
  });
});
