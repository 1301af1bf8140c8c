const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds for reading: `0.42 ms`, `812 ms`, `1.24 s`, `2m 05s`, `3h 20m`. */
export function formatMs(ms: number): string {
  if (ms < 0.005) return '0 ms';
  if (ms < 9.995) return `${trim(ms.toFixed(2))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9.995 * SECOND) return `${(ms / SECOND).toFixed(2)} s`;
  if (ms < 59.95 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < HOUR - 500) return twoUnits(Math.round(ms / SECOND), 60, 'm', 's');
  return twoUnits(Math.round(ms / MINUTE), 60, 'h', 'm');
}

function twoUnits(small: number, ratio: number, bigUnit: string, smallUnit: string): string {
  return `${Math.floor(small / ratio)}${bigUnit} ${String(small % ratio).padStart(2, '0')}${smallUnit}`;
}

function trim(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
