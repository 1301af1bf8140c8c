/** Exact dollars; a dash where no price is known. */
export function dollars(usd: string | null): string {
  if (usd === null) return '–';
  return usd.startsWith('-') ? `-$${usd.slice(1)}` : `$${usd}`;
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
