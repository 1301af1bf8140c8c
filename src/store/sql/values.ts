/** Type ids of pg_type, fixed for all servers. */
const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;
const NUMERIC = 1700;

/**
 * The one place that turns what PostgreSQL sends into JavaScript where drivers differ. Both drivers take it as is.
 */
export const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: int8,
  [DATE]: (text) => text,
  [TIMESTAMPTZ]: isoTime,
  [NUMERIC]: (text) => text,
};

/** @throws RangeError past 2^53, where a number would silently be another one */
export function int8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`integer out of range: ${text}`);
  return value;
}

/** `2026-11-24 03:49:08.62+00` as `2026-11-24T03:49:08.620Z`. */
export function isoTime(text: string): string {
  const offset = /[+-]\d\d$/.test(text) ? `${text}:00` : text;
  return new Date(offset.replace(' ', 'T')).toISOString();
}
