const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `12,345` */
export function formatCount(count: number): string {
  return whole.format(count);
}

const SCALES = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
] as const;

/** Three significant digits from ten thousand on: `12.3K`, `4.56M`; exact below. */
export function formatCompact(count: number): string {
  if (Math.abs(count) < 10_000) return formatCount(count);
  for (const [scale, letter] of SCALES) {
    const scaled = count / scale;
    if (Math.abs(scaled) >= 0.9995) return `${threeDigits(scaled)}${letter}`;
  }
  return formatCount(count);
}

/** `12.3%`; what is not zero never shows as 0%. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  const magnitude = Math.abs(percent);
  if (magnitude > 0 && magnitude < 0.05) return percent < 0 ? '>−0.1%' : '<0.1%';
  const shown = magnitude >= 99.95 || magnitude === 0 ? whole.format(percent) : percent.toFixed(1);
  return `${shown.replace('-', '−')}%`;
}

function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0);
}
