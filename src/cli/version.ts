import { readFileSync } from 'node:fs';
import { isObject } from '../core/json.ts';

/** It stands two levels above both `src/cli` and `dist/cli`. */
const MANIFEST = new URL('../../package.json', import.meta.url);

/** The version in package.json. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  return isObject(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : 'unknown';
}
