import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { ListenSettings } from './settings.ts';

/** The headers that tell a browser's requests apart. Names as `node:http` gives them. */
export interface AccessHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

type AccessSettings = Pick<ListenSettings, 'host' | 'allowedHosts' | 'allowedOrigins'>;

/**
 * Why a request may not be served whatever its credential, or null. Two attacks of web pages are refused: DNS
 * rebinding, where the page's own name resolves to us, and cross-site requests.
 */
export function accessRefusal(headers: AccessHeaders, listen: AccessSettings): string | null {
  if (!hostAllowed(headers.host, listen))
    return `The Host header ${quote(headers.host)} is not a name of this gateway. If it should be, add it to listen.allowedHosts.`;
  if (!originAllowed(headers.origin, headers.host, listen))
    return `Requests from web pages at ${quote(headers.origin)} are refused. If that site should reach this gateway, add it to listen.allowedOrigins.`;
  return null;
}

/**
 * Whether a `Host` header names this gateway. Addresses always do, since only names can be rebound; so do loopback
 * names. `*.example.com` in `allowedHosts` stands for every name below, `*` for any name. A request without the header
 * comes from no browser.
 */
export function hostAllowed(header: string | undefined, listen: AccessSettings): boolean {
  if (header === undefined || header === '') return true;
  // Asked at every call, mostly with the same name.
  if (header === lastAllowed.header && listen === lastAllowed.listen) return true;
  const name = hostName(header);
  const allowed =
    isIP(name) > 0 ||
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    [listen.host, ...listen.allowedHosts].some((each) => matchesHost(name, each.toLowerCase()));
  if (allowed) lastAllowed = { header, listen };
  return allowed;
}

/** Settings are never changed in place: new ones are a new object. */
let lastAllowed: { readonly header: string; readonly listen: AccessSettings | null } = {
  header: '',
  listen: null,
};

/** Whether a page of this `Origin` may use the gateway: its own pages, and those of `allowedOrigins` (`*` for any). */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  listen: AccessSettings,
): boolean {
  if (origin === undefined) return true;
  return isOwnOrigin(origin, host) || isListedOrigin(origin, listen);
}

/** CORS headers for a page of another site that `allowedOrigins` lists; empty for every other request. */
export function corsHeaders(headers: AccessHeaders, listen: AccessSettings): Record<string, string> {
  const { origin, host } = headers;
  if (origin === undefined || isOwnOrigin(origin, host) || !isListedOrigin(origin, listen)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
    'access-control-allow-headers': '*, Authorization',
    'access-control-expose-headers': '*',
    'access-control-max-age': '600',
    vary: 'Origin',
  };
}

/** Whether a listen address is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  const name = hostName(host);
  return name === 'localhost' || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** The token of an `Authorization: Bearer …` header, or null. */
export function bearerToken(authorization: string | undefined): string | null {
  const match = /^bearer +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}

/** Compares two secrets in a time that tells nothing about where they differ. */
export function secretsEqual(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function isListedOrigin(origin: string, listen: AccessSettings): boolean {
  return listen.allowedOrigins.some((allowed) => allowed === '*' || allowed === origin);
}

function matchesHost(name: string, allowed: string): boolean {
  if (allowed === '*') return true;
  return allowed.startsWith('*.') ? name.endsWith(allowed.slice(1)) : name === hostName(allowed);
}

/** Without port, brackets and the final dot, in lower case. */
function hostName(header: string): string {
  const bare =
    /^\[([^\]]*)\]/.exec(header)?.[1] ?? (isIP(header) === 6 ? header : header.replace(/:\d*$/, ''));
  return bare.toLowerCase().replace(/\.$/, '');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function quote(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 200));
}
