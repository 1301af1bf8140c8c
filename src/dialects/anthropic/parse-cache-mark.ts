import type { CacheMark } from '../../core/content.ts';
import type { Fields } from '../wire/fields.ts';

/** `cache_control` of a block or tool, ready to be spread into core content. */
export function parseCacheMark(fields: Fields): { readonly cache?: CacheMark } {
  const control = fields.optionalObject('cache_control');
  if (!control) return {};
  return { cache: control.optionalOneOf('ttl', ['5m', '1h']) ?? '5m' };
}
