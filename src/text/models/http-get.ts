import http from 'node:http';
import https from 'node:https';
import { Interrupted, PullError } from './pull-error.ts';

/** A base address, with what lets us in there and nowhere else. */
export interface Site {
  readonly base: URL;
  /** An Authorization header. */
  readonly authorization: string | null;
}

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest that nothing may come. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

const MOST_REDIRECTS = 10;
const CONNECTION_FAILURES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * GET, following redirects. What lets us in at the site is sent to its own origin alone. From https nothing leads to
 * http. (Proxies: Node's own, with NODE_USE_ENV_PROXY=1 from Node 24.)
 * @throws PullError when there is no answer, Interrupted when a connection broke
 */
export async function get(site: Site, url: URL, options: GetOptions): Promise<http.IncomingMessage> {
  let current = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    requireSafe(site, current);
    const answer = await getOnce(site, current, options);
    const { statusCode = 0, headers } = answer;
    if (statusCode < 300 || statusCode >= 400 || !headers.location) return answer;
    answer.destroy();
    current = new URL(headers.location, current);
  }
  throw new PullError(`${shown(url)} redirects without end.`);
}

/** The whole answer, when it is 200. @throws PullError, Interrupted */
export async function getText(site: Site, url: URL, options: GetOptions, mostBytes: number) {
  const answer = await get(site, url, options);
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw statusError(url, answer.statusCode ?? 0);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw new PullError(`${shown(url)} answered with more than ${mostBytes} bytes.`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw interruption(error, url, options.signal);
  }
  return { text: Buffer.concat(chunks).toString('utf8'), type: answer.headers['content-type'] ?? '' };
}

export function statusError(url: URL, status: number): Error {
  if (status === 429 || status >= 500) return new Interrupted(`${shown(url)} answered ${status}`);
  if (status === 401 || status === 403)
    return new PullError(`${shown(url)} answered ${status}: it asks for credentials, or for other ones.`);
  return new PullError(
    `${shown(url)} answered ${status}${status === 404 ? ': there is no such thing' : ''}.`,
  );
}

/** What broke a body that was being read. */
export function interruption(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof PullError || error instanceof Interrupted) return error;
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new Interrupted(`the connection to ${url.host} broke (${error.message})`, { cause: error });
}

/** An address without credentials and signatures. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function requireSafe(site: Site, url: URL): void {
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && site.base.protocol === 'http:');
  if (!allowed)
    throw new PullError(`${shown(url)} is not https, which ${shown(site.base)} led to. Not followed.`);
}

async function getOnce(site: Site, url: URL, options: GetOptions): Promise<http.IncomingMessage> {
  const { headers = {}, idleMs, signal } = options;
  const credentials = url.origin === site.base.origin && site.authorization !== null;
  const { promise, resolve, reject } = promiseOf<http.IncomingMessage>();
  const request = (url.protocol === 'https:' ? https : http).get(url, {
    headers: {
      'user-agent': 'infinite-llm',
      'accept-encoding': 'identity',
      ...headers,
      ...(credentials ? { authorization: site.authorization } : {}),
    },
    signal,
    agent: false,
  });
  request.setTimeout(idleMs, () =>
    request.destroy(new Interrupted(`nothing came from ${url.host} for a while`)),
  );
  request.on('response', resolve);
  request.on('error', (error) => reject(requestError(error, url, signal)));
  return await promise;
}

function requestError(error: Error, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof Interrupted) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CONNECTION_FAILURES.has(code) || /CERT|SSL|TLS/.test(code))
    return new PullError(`${url.host} cannot be reached (${error.message}).`, { cause: error });
  return new Interrupted(`the connection to ${url.host} broke (${error.message})`, { cause: error });
}

function promiseOf<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
