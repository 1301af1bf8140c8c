import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../../web/src/styles/tokens.css'), 'utf8');

type Theme = 'light' | 'dark';

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const colors = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

function pairContrast(front: string, back: string, theme: Theme): number {
  const [a, b] = [colors.get(front)?.[theme], colors.get(back)?.[theme]];
  if (!a || !b) throw new Error(`tokens.css has no ${front} or ${back}`);
  return contrast(a, b);
}

const GROUNDS = ['paper', 'surface', 'sunken'];
const TEXT_PAIRS = [
  ...['ink', 'ink-2', 'ink-3', 'accent'].flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)),
  ['accent', 'accent-wash'],
  ['accent-strong', 'accent-wash'],
  ['ink-3', 'accent-wash'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['bad', 'surface'],
  ['bad', 'paper'],
  ['bad', 'bad-wash'],
  ['ink', 'bad-wash'],
  ['warn', 'warn-wash'],
  ['ink', 'warn-wash'],
] as const;

const SERIES = [1, 2, 3, 4, 5, 6, 7, 'other'].map((name) => `series-${name}`);

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  it.each(TEXT_PAIRS)('reads %s on %s at 4.5:1 or more', (text, ground) => {
    expect(pairContrast(text, ground, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SERIES)('draws %s at 3:1 or more against its panel', (series) => {
    expect(pairContrast(series, 'surface', theme)).toBeGreaterThanOrEqual(3);
  });

  it('draws the edges of controls and the focus ring at 3:1 or more', () => {
    for (const edge of ['control-line', 'focus'])
      for (const ground of ['paper', 'surface'])
        expect(pairContrast(edge, ground, theme)).toBeGreaterThanOrEqual(3);
  });
});
