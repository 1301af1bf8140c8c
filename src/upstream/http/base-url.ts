import { CallError } from '../../core/errors.ts';

/** Where a provider is: every request goes to this origin and below this path, whatever a client sends. */
export interface BaseUrl {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Without a slash at the end; empty for the root. */
  readonly path: string;
}

/** @throws RangeError when it is no http or https URL, or holds credentials, a query or a fragment */
export function parseBaseUrl(text: string): BaseUrl {
  if (!URL.canParse(text)) throw new RangeError(`${JSON.stringify(text)} is no URL`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new RangeError(`${url.protocol}// is not supported; use http:// or https://`);
  if (url.username !== '' || url.password !== '')
    throw new RangeError('a base URL must not hold credentials; set keys or headers');
  if (url.search !== '' || url.hash !== '')
    throw new RangeError('a base URL must not have a query or a fragment');
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') };
}

const UNSAFE = /[^\u0021-\u007e]|[\\#]/;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;
const VERSION_SEGMENT = /\/v\d[a-z0-9]*$/;
/** A server that decodes a path more often than this is not to be found. */
const MOST_DECODINGS = 3;

/**
 * A path (with query) below the base. A version that the base ends and the path begins with (`/v1`) counts once, since
 * APIs differ in where they have it.
 * @throws CallError `invalid_request` for anything that could lead elsewhere
 */
export function pathBelow(base: BaseUrl, path: string): string {
  if (!isBelow(path))
    throw new CallError(
      'invalid_request',
      `The path ${JSON.stringify(path.slice(0, 200))} cannot be passed on: it must begin with one "/", hold no "." or ".." segments, and have every other character than ASCII letters, digits and signs percent-encoded.`,
    );
  const version = VERSION_SEGMENT.exec(base.path)?.[0];
  return base.path + (version && path.startsWith(`${version}/`) ? path.slice(version.length) : path);
}

function isBelow(pathAndQuery: string): boolean {
  if (!pathAndQuery.startsWith('/') || UNSAFE.test(pathAndQuery)) return false;
  let [path = ''] = pathAndQuery.split('?', 1);
  if (path.startsWith('//')) return false;
  for (let times = 0; times <= MOST_DECODINGS; times++) {
    if (DOT_SEGMENT.test(path)) return false;
    if (!path.includes('%')) return true;
    const decoded = decodedOnce(path);
    if (decoded === null) return times > 0;
    if (decoded === path) return true;
    path = decoded.replaceAll('\\', '/');
  }
  return false;
}

/** Null for a broken escape. */
function decodedOnce(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
