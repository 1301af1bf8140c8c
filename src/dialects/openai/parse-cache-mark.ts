import type { CacheMark } from '../../core/content.ts';
import { isObject } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';

/**
 * The end of a cached prefix: OpenAI's `prompt_cache_breakpoint`, or the `cache_control` with which OpenAI-style clients
 * address models of Anthropic.
 */
export function parseCacheMark(part: Fields): { readonly cache?: CacheMark } {
  const control = part.optionalJsonObject('cache_control');
  if (control) return { cache: control['ttl'] === '1h' ? '1h' : '5m' };
  return isObject(part.json('prompt_cache_breakpoint')) ? { cache: '5m' } : {};
}
