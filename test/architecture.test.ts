import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const SRC = join(ROOT, 'src');

/** Which rooms a room may import. A room may always import itself; what is not listed here is a violation. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  dialects: ['core'],
  pricing: ['core'],
  text: ['core'],
  policy: ['core', 'pricing', 'text'],
  store: ['core'],
  shared: ['core'],
  upstream: ['core', 'dialects'],
  gateway: ['core', 'dialects', 'pricing', 'text', 'policy', 'store', 'shared', 'upstream'],
  engine: ['core', 'text'],
  demo: ['core', 'pricing'],
  api: ['core', 'dialects', 'pricing', 'text', 'policy', 'store', 'shared', 'upstream', 'gateway'],
  cli: [
    'core',
    'dialects',
    'pricing',
    'text',
    'policy',
    'store',
    'shared',
    'upstream',
    'gateway',
    'api',
    'engine',
    'demo',
  ],
};

/** Outside the rooms: only their tests may reach for it. */
const TEST_SUPPORT = '..';
const TEST_FILE = /\.(?:test|contract)\.tsx?$/;

const MOST_LINES = 400;
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?['"](\.{1,2}\/[^'"]+)['"]|import\(\s*['"](\.{1,2}\/[^'"]+)['"]\s*\)/g;

interface Source {
  readonly file: string;
  readonly text: string;
}

function sources(dir: string): Source[] {
  return readdirSync(dir)
    .map((name) => join(dir, name))
    .flatMap((path) => {
      if (statSync(path).isDirectory()) return sources(path);
      return /\.tsx?$/.test(path) ? [{ file: relative(SRC, path), text: readFileSync(path, 'utf8') }] : [];
    });
}

function violations(all: readonly Source[]): string[] {
  return all.flatMap(({ file, text }) => {
    const room = file.split('/')[0] ?? '';
    const allowed = MAY_IMPORT[room];
    if (!allowed) return [`${file}: no room called ${room}`];
    return [...text.matchAll(IMPORT)].flatMap((match) => {
      const path = match[1] ?? match[2] ?? '';
      const target = relative(SRC, resolve(SRC, dirname(file), path)).split('/')[0] ?? '';
      if (target === room || allowed.includes(target)) return [];
      if (target === TEST_SUPPORT && TEST_FILE.test(file)) return [];
      return [`${file} imports ${target}: ${room} may import ${allowed.join(', ') || 'nothing'}`];
    });
  });
}

describe('the rooms', () => {
  it('import only downwards', () => {
    expect(violations(sources(SRC))).toEqual([]);
  });

  it('would catch a planted violation', () => {
    const planted = { file: 'core/x.ts', text: `import { a } from '../store/ledger.ts';` };
    expect(violations([planted])).toEqual(['core/x.ts imports store: core may import nothing']);
    expect(
      violations([{ file: 'dialects/y.ts', text: `const z = await import('../upstream/http.ts');` }]),
    ).toHaveLength(1);
    expect(violations([{ file: 'attic/x.ts', text: '' }])).toHaveLength(1);
    expect(
      violations([{ file: 'store/x.ts', text: `import { a } from '../../test/fakes/a.ts';` }]),
    ).toHaveLength(1);
  });

  it(`keep files under ${MOST_LINES} lines`, () => {
    const long = sources(SRC).filter(({ text }) => text.split('\n').length > MOST_LINES);
    expect(long.map(({ file }) => file)).toEqual([]);
  });
});
