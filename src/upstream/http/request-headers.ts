/** Headers of a client's request that are about its own connection, its browser or its network, or are credentials. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  // hop by hop (RFC 9110, 7.6.1) and what is set anew for the body that is sent
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'host',
  'content-length',
  // answers must come in plain bytes to be metered
  'accept-encoding',
  // credentials
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  // where the client is
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
]);

const NOT_PASSED_PREFIXES = ['x-illm-', 'x-forwarded-', 'sec-', 'cf-', 'proxy-'] as const;

/** Whether a header of a client's request may be shown to a provider. `name` is in lower case. */
function isPassedOn(name: string): boolean {
  return !NOT_PASSED.has(name) && !NOT_PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/**
 * The headers of a request to a provider: what the client sent as far as it may be passed on, under what is `own`.
 * @param own set by the gateway; wins over the client's
 * @param defaults sent where the client sent none
 * @param withheld names of further headers of the client's that are not passed on
 */
export function requestHeaders(
  client: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
  withheld: readonly string[],
): string[] {
  const headers: string[] = [];
  for (const name in client) {
    const value = client[name];
    if (value === undefined || name in own || withheld.includes(name) || !isPassedOn(name)) continue;
    headers.push(name, value);
  }
  for (const name in defaults) {
    const value = defaults[name];
    if (value === undefined || name in own || client[name] !== undefined) continue;
    headers.push(name, value);
  }
  for (const name in own) {
    const value = own[name];
    if (value !== undefined) headers.push(name, value);
  }
  return headers;
}
