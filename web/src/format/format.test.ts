import { describe, expect, it } from 'vitest';
import { pointChange, relativeChange } from './change.ts';
import { formatMs } from './duration.ts';
import { formatCompact, formatCount, formatPercent } from './number.ts';
import { bucketStartMs, formatAgo } from './time.ts';

describe('counts', () => {
  it('are exact until they are too long to read', () => {
    expect(
      [0, 7, 9_999, 10_000, 99_949, 123_456, 999_600, 4_560_000, 12e9, 3.4e12].map(formatCompact),
    ).toEqual(['0', '7', '9,999', '10.0K', '99.9K', '123K', '1.00M', '4.56M', '12.0B', '3.40T']);
    expect(formatCount(1_234_567)).toBe('1,234,567');
  });

  it('as percentages never hide a small share', () => {
    expect([0, 0.0001, 0.012, 0.5, 0.9999, 1, -0.25, -0.0001].map(formatPercent)).toEqual([
      '0%',
      '<0.1%',
      '1.2%',
      '50.0%',
      '100%',
      '100%',
      '−25.0%',
      '>−0.1%',
    ]);
  });
});

describe('durations', () => {
  it('keep three digits and never show 60 seconds', () => {
    const ms = [0, 0.42, 5, 9.999, 812.4, 999.9, 1240, 12_340, 59_960, 125_000, 3_599_800, 12_000_000];
    expect(ms.map(formatMs)).toEqual([
      '0 ms',
      '0.42 ms',
      '5 ms',
      '10 ms',
      '812 ms',
      '1.00 s',
      '1.24 s',
      '12.3 s',
      '1m 00s',
      '2m 05s',
      '1h 00m',
      '3h 20m',
    ]);
  });
});

describe('times', () => {
  it('tell how long ago', () => {
    const now = Date.parse('2026-11-24T12:00:00Z');
    const ago = (ms: number) => formatAgo(new Date(now - ms).toISOString(), now);
    expect([0, 60_000, 3_590_000, 7_200_000, 86_400_000, 4 * 86_400_000].map(ago)).toEqual([
      'just now',
      '1 min ago',
      '1 h ago',
      '2 h ago',
      'yesterday',
      '4 days ago',
    ]);
  });

  it('read every form of a bucket', () => {
    const noon = Date.parse('2026-11-24T12:00:00Z');
    const forms = ['2026-11-24T12', '2026-11-24T12:00', '2026-11-24T12:00:00Z', '2026-11-24T12:00:00.000Z'];
    for (const form of forms) expect(bucketStartMs(form)).toBe(noon);
    expect(bucketStartMs('2026-11-24')).toBe(Date.parse('2026-11-24T00:00:00Z'));
  });
});

describe('changes', () => {
  it('compare with the previous period', () => {
    expect(relativeChange(120, 100)).toEqual({ text: '20.0%', direction: 'up' });
    expect(relativeChange(80, 100)).toEqual({ text: '20.0%', direction: 'down' });
    expect(relativeChange(100, 100)).toEqual({ text: '0%', direction: 'same' });
    expect(relativeChange(2500, 100)).toEqual({ text: '25×', direction: 'up' });
    expect(relativeChange(5, 0)).toBeNull();
  });

  it('of shares are in points', () => {
    expect(pointChange(0.05, 0.03)).toEqual({ text: '2.0 pp', direction: 'up' });
    expect(pointChange(0.03, 0.03)).toEqual({ text: '0 pp', direction: 'same' });
  });
});
