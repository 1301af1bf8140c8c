import { formatPercent } from './number.ts';

export interface Change {
  readonly text: string;
  readonly direction: 'up' | 'down' | 'same';
}

/** How a figure moved against the previous period. Null when there is nothing to compare with. */
export function relativeChange(now: number, before: number): Change | null {
  if (before === 0) return null;
  const share = now / before - 1;
  if (Math.abs(share) < 0.0005) return { text: '0%', direction: 'same' };
  const direction = share > 0 ? 'up' : 'down';
  const text = share >= 9.995 ? `${Math.round(now / before)}×` : formatPercent(Math.abs(share));
  return { text, direction };
}

/** The change of a share in percentage points: `1.2 pp`. */
export function pointChange(now: number, before: number): Change | null {
  const points = (now - before) * 100;
  if (Math.abs(points) < 0.05) return { text: '0 pp', direction: 'same' };
  return { text: `${Math.abs(points).toFixed(1)} pp`, direction: points > 0 ? 'up' : 'down' };
}
