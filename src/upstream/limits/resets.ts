type Headers = Readonly<Record<string, string>>;

/** One limit as two headers: what is left of it, and when it is whole again. */
export interface LimitHeaders {
  readonly remaining: string;
  readonly reset: string;
}

/**
 * The longest time until a limit with nothing left is free again.
 * @param readReset the header's value as milliseconds from now, null when unreadable
 */
export function exhaustedMs(
  headers: Headers,
  limits: readonly LimitHeaders[],
  readReset: (value: string) => number | null,
): number | null {
  let longest: number | null = null;
  for (const { remaining, reset } of limits) {
    const resetAt = headers[reset];
    if (headers[remaining]?.trim() !== '0' || resetAt === undefined) continue;
    const ms = readReset(resetAt.trim());
    if (ms !== null) longest = Math.max(longest ?? 0, ms);
  }
  return longest;
}

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/;
const PIECE = /(\d+(?:\.\d+)?)(ms|[dhms])/g;

/** Milliseconds of `6m0s`, `1.5s`, `120ms`, `1h2m3s`; bare numbers are seconds. Null for anything else. */
export function durationMs(text: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  if (!DURATION.test(text)) return null;
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(PIECE)) total += Number(amount) * (UNIT_MS[unit] ?? 0);
  return Math.ceil(total);
}

/** Milliseconds until an ISO 8601 time; null when it is none. */
export function untilMs(text: string, now: number): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
