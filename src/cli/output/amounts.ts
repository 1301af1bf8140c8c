/** Exact dollars, with at least so many decimals; a dash where no price is known. */
export function dollars(usd: string | null, places = 0): string {
  if (usd === null) return '–';
  const padded = usd + '0'.repeat(Math.max(0, places - decimals(usd)));
  return padded.startsWith('-') ? `-$${padded.slice(1)}` : `$${padded}`;
}

/** The decimals that show all of these amounts exactly, for columns whose points are aligned. */
export function mostDecimals(amounts: readonly (string | null)[]): number {
  return Math.max(0, ...amounts.map((usd) => decimals(usd ?? '')));
}

function decimals(usd: string): number {
  const point = usd.indexOf('.');
  return point < 0 ? 0 : usd.length - point - 1;
}

/** Whole numbers with separators: `1,234,567`. */
export function whole(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `850 ms`, `12.3 s`; a dash for none. */
export function time(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `2026-11-24 12:00:00` of an ISO time, in UTC. */
export function moment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
