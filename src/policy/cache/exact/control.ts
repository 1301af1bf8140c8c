import type { Call } from '../../../core/call.ts';
import { CallError } from '../../../core/errors.ts';
import { CACHE_SCOPES, type CacheScope, type ExactCacheSettings } from '../../../core/plan/cache.ts';
import { didYouMean } from '../../../core/nearest.ts';

/** What one call wants of the cache. */
export interface CacheControl {
  /** Neither answered from the cache nor kept in it. */
  readonly noStore: boolean;
  /** Oldest answer that will do, in milliseconds; 0 for none. */
  readonly maxAgeMs: number;
  readonly scope: CacheScope;
  /** Said where more was asked for than is allowed. */
  readonly refusedScope: CacheScope | null;
}

const SECONDS = /^"?(\d{1,10})"?$/;

/**
 * Reads `cache-control` and `x-illm-cache-scope`. Directives that say nothing to a cache of answers are passed over.
 * @throws CallError `invalid_request` for a scope that does not exist
 */
export function cacheControl(headers: Call['wire']['headers'], settings: ExactCacheSettings): CacheControl {
  let noStore = false;
  let maxAgeMs = Number.POSITIVE_INFINITY;
  for (const directive of (headers['cache-control'] ?? '').split(',')) {
    const [name = '', value = ''] = directive.split('=', 2);
    switch (name.trim().toLowerCase()) {
      case 'no-store':
        noStore = true;
        break;
      case 'no-cache':
        maxAgeMs = 0;
        break;
      case 'max-age': {
        const seconds = SECONDS.exec(value.trim())?.[1];
        if (seconds !== undefined) maxAgeMs = Math.min(maxAgeMs, Number(seconds) * 1000);
        break;
      }
      default:
    }
  }
  const asked = askedScope(headers['x-illm-cache-scope']);
  const refused = asked !== null && widthOf(asked) > widthOf(settings.scope) && !settings.wider;
  return {
    noStore,
    maxAgeMs,
    scope: asked === null || refused ? settings.scope : asked,
    refusedScope: refused ? asked : null,
  };
}

function askedScope(header: string | undefined): CacheScope | null {
  if (header === undefined) return null;
  const name = header.trim().toLowerCase();
  const scope = CACHE_SCOPES.find((known) => known === name);
  if (scope) return scope;
  throw new CallError(
    'invalid_request',
    `x-illm-cache-scope must be one of ${CACHE_SCOPES.join(', ')}. ${didYouMean(name, CACHE_SCOPES)}`.trim(),
    { param: 'x-illm-cache-scope' },
  );
}

function widthOf(scope: CacheScope): number {
  return CACHE_SCOPES.indexOf(scope);
}
