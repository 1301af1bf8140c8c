import type { Dialect, Route } from '../core/dialect.ts';
import { CallError } from '../core/errors.ts';

/** What a request line asks the gateway for. */
export type Endpoint =
  | {
      readonly kind: 'call';
      readonly dialect: Dialect;
      readonly route: Route;
      /** Given by `/providers/{name}/…`; null where routing chooses. */
      readonly provider: string | null;
    }
  /** Any other path of a provider, passed on without being understood. */
  | { readonly kind: 'relay'; readonly provider: string; readonly path: string }
  | { readonly kind: 'models'; readonly list: 'v1' | 'v1beta'; readonly id: string | null }
  /** Files and batches, which the gateway keeps itself. */
  | { readonly kind: 'batches'; readonly path: string };

const NO_QUERY = new URLSearchParams();
const PREFIXES = ['/v1/', '/v1beta/', '/providers/'] as const;
const MODELS = /^\/(v1|v1beta)\/models(?:\/([^:]+))?$/;
const BATCHES = /^\/v1\/(?:files|batches)(?:\/|$)/;
const PROVIDER_PATH = /^\/providers\/([^/?#]+)(\/[^]*)$/;
const VERSION = /^\/v\d[a-z0-9]*(?=\/)/;

/** True for paths that belong to the gateway; every other path belongs to the management API and the dashboard. */
export function isGatewayPath(url: string): boolean {
  return PREFIXES.some((prefix) => url.startsWith(prefix));
}

/**
 * Finds the endpoint of a request line.
 * @param providerDialects the dialects that a provider speaks, null for an unknown provider
 * @throws CallError `not_found` with what to do instead
 */
export function findEndpoint(
  method: string,
  url: string,
  dialects: readonly Dialect[],
  providerDialects: (name: string) => readonly Dialect[] | null,
): Endpoint {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
  const passed = PROVIDER_PATH.exec(path);
  if (passed)
    return providerEndpoint(method, passed, mark < 0 ? '' : url.slice(mark), query, providerDialects);
  for (const dialect of dialects) {
    const route = dialect.route(method, path, query);
    if (route) return { kind: 'call', dialect, route, provider: null };
  }
  const models = method === 'GET' ? MODELS.exec(path) : null;
  if (models) {
    const list = models[1] === 'v1beta' ? 'v1beta' : 'v1';
    return { kind: 'models', list, id: models[2] === undefined ? null : decode(models[2]) };
  }
  if (BATCHES.test(path)) return { kind: 'batches', path };
  throw new CallError(
    'not_found',
    `${method} ${path} is no endpoint of this gateway. Endpoints it does not know are reachable under /providers/{name}${path}.`,
  );
}

function providerEndpoint(
  method: string,
  match: RegExpExecArray,
  search: string,
  query: URLSearchParams,
  providerDialects: (name: string) => readonly Dialect[] | null,
): Endpoint {
  const [, name = '', path = '/'] = match;
  const provider = decode(name);
  const dialects = providerDialects(provider);
  if (!dialects)
    throw new CallError(
      'not_found',
      `No provider is called ${JSON.stringify(provider)}; see "providers" in the configuration.`,
    );
  for (const dialect of dialects) {
    // Base URLs differ in whether they hold the version (…/v1), so both spellings of the path are understood.
    const route = dialect.route(method, VERSION.test(path) ? path : `/v1${path}`, query);
    if (route) return { kind: 'call', dialect, route, provider };
  }
  return { kind: 'relay', provider, path: path + search };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CallError('invalid_request', `The path holds a broken percent escape: ${text.slice(0, 100)}`);
  }
}
