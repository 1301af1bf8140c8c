import { expect, it } from 'vitest';
import { KINDS } from '../testing/kinds.contract.ts';
import { readSettings } from './read.ts';
import { showSettings, withoutPassword } from './show.ts';

it('shows the settings without any secret', () => {
  const text = `
store: { url: postgres://me:hunter2@db/x }
shared: { url: redis://:hunter2@cache }
providers:
  openai: { keys: [env:KEY], headers: { x-secret: hunter2 } }
models: { fast: { targets: [openai/gpt-4o-mini] } }
`;
  const env = { KEY: 'sk-hunter2' };
  const options = { file: '/etc/x.yaml', env, kinds: KINDS, dialects: [], overrides: {} };
  const shown = showSettings(readSettings(text, options).settings);
  expect(shown).not.toContain('hunter2');
  expect(shown).toContain('postgres://me:***@db/x');
  expect(shown).toMatch(/keys:\n {6}- "?\[secret [0-9a-f]{8}\]/);
  expect(shown).toContain('- openai/gpt-4o-mini');
});

it('leaves alone what holds no password', () => {
  expect(withoutPassword('/var/lib/data')).toBe('/var/lib/data');
  expect(withoutPassword('redis://cache:6379')).toBe('redis://cache:6379');
  expect(withoutPassword('postgres://u:p@:bad:/')).toBe('[not shown]');
});
