const LOCALE = 'en-GB';
const DAY_MS = 86_400_000;

const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const clockMinutes = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const dayUtc = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const dayYear = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' });

/** Local time, as short as it is clear: `14:03:22` today, `23 Nov 14:03` this year, else with the year. */
export function formatTime(iso: string, now = Date.now()): string {
  const at = new Date(iso);
  const today = new Date(now);
  if (at.toDateString() === today.toDateString()) return clock.format(at);
  if (at.getFullYear() === today.getFullYear()) return `${day.format(at)} ${clockMinutes.format(at)}`;
  return `${dayYear.format(at)} ${clockMinutes.format(at)}`;
}

export function formatDay(iso: string): string {
  return dayYear.format(new Date(iso));
}

/** `23 Nov 2026 14:03:22.123 (UTC+01:00)`, for titles and the page of one call. */
export function formatInstant(iso: string): string {
  const at = new Date(iso);
  const millis = String(at.getMilliseconds()).padStart(3, '0');
  const offset = -at.getTimezoneOffset();
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
  const zone = offset === 0 ? 'UTC' : `UTC${offset < 0 ? '−' : '+'}${hours}:${minutes}`;
  return `${dayYear.format(at)} ${clock.format(at)}.${millis} ${zone}`;
}

/** `just now`, `3 min ago`, `5 h ago`, `2 days ago`. */
export function formatAgo(iso: string, now = Date.now()): string {
  const ms = now - Date.parse(iso);
  if (ms < 45_000) return 'just now';
  if (ms < 3_570_000) return `${Math.max(1, Math.round(ms / 60_000))} min ago`;
  if (ms < 0.98 * DAY_MS) return `${Math.round(ms / 3_600_000)} h ago`;
  const days = Math.round(ms / DAY_MS);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

/** Start of a bucket as the spend API names it: `2026-11-24` or an ISO hour. Days are UTC days. */
export function bucketStartMs(value: string): number {
  const full = value.length === 10 ? `${value}T00:00:00Z` : value.length === 13 ? `${value}:00:00Z` : value;
  return Date.parse(/[Zz]$|[+-]\d\d:?\d\d$/.test(full) ? full : `${full}Z`);
}

/** A bucket's name beside its figures: `24 Nov`, or `24 Nov 14:00–20:00`. */
export function formatBucket(startMs: number, lengthMs: number): string {
  if (lengthMs >= DAY_MS) return `${dayUtc.format(startMs)} (UTC)`;
  return `${day.format(startMs)} ${clockMinutes.format(startMs)}–${clockMinutes.format(startMs + lengthMs)}`;
}

export function formatClockMinutes(ms: number): string {
  return clockMinutes.format(ms);
}

export function formatDayShort(ms: number, zone: 'utc' | 'local'): string {
  return (zone === 'utc' ? dayUtc : day).format(ms);
}
