import { adminKey, refuseAdminKey } from './admin-key.ts';

/** A refusal or failure of the server, in its own words. Status 0: it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly path: string;

  constructor(status: number, code: string, message: string, path: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.path = path;
  }
}

export type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

export function apiPath(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'string' ? [value] : value) query.append(name, one);
  }
  const text = query.toString();
  return `/api/v1${path}${text && `?${text}`}`;
}

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly accept?: string;
}

/** @throws ApiError unless the server answered with a 2xx */
export async function send(url: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal, accept = 'application/json' } = options;
  const headers = new Headers({ accept });
  const key = adminKey();
  if (key) headers.set('authorization', `Bearer ${key}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'The server does not answer. Is infinite-llm still running?', url);
  }
  if (response.ok) return response;
  const failure = await readFailure(response, url);
  // 403 with a key: it is one for calls. Without: another site's page or a foreign host name, where no key helps.
  const keyRefused = failure.status === 401 || (failure.status === 403 && key !== null);
  if (keyRefused && key === adminKey()) refuseAdminKey(failure.message);
  throw failure;
}

/** @throws ApiError unless the server answered with JSON and a 2xx */
export async function requestJson<T>(url: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(url, options);
  try {
    return (await response.json()) as T;
  } catch {
    const text = 'The answer is not JSON. Is there a proxy in front that answers for the server?';
    throw new ApiError(response.status, 'not_json', text, url);
  }
}

async function readFailure(response: Response, url: string): Promise<ApiError> {
  const fallback = `The server answered ${response.status} ${response.statusText}`.trim();
  const body: unknown = await response.json().catch(() => null);
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  if (typeof error !== 'object' || error === null)
    return new ApiError(response.status, 'http_error', fallback, url);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'http_error';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : fallback;
  return new ApiError(response.status, code, message, url);
}
