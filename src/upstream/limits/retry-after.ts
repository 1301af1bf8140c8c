type Headers = Readonly<Record<string, string>>;

const SECONDS = /^\d+(?:\.\d+)?$/;

/**
 * How long to wait as `retry-after-ms` or `Retry-After` (RFC 9110, 10.2.3: seconds or an HTTP date) says.
 * @param now epoch milliseconds
 * @returns milliseconds, not negative; null when neither is given or readable
 */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const ms = headers['retry-after-ms']?.trim();
  if (ms !== undefined && SECONDS.test(ms)) return Math.ceil(Number(ms));
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return null;
  if (SECONDS.test(value)) return Math.ceil(Number(value) * 1000);
  // Date.parse takes bare numbers for years.
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
