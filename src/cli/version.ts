import { readFileSync } from 'node:fs';
import { isObject } from '../core/json.ts';

/** The version in package.json, which stands two levels above both `src/cli` and `dist/cli`. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return isObject(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : 'unknown';
}
