import type { CacheMark } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';

/** `cache_control`; five minutes are its default. */
export function cacheControl(cache: CacheMark | undefined): JsonObject | undefined {
  if (cache === undefined) return undefined;
  return cache === '1h' ? { type: 'ephemeral', ttl: '1h' } : { type: 'ephemeral' };
}
