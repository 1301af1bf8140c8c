import type { DayWindow } from '../../core/batch.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether a moment lies in one of the spans of the day by the zone's clocks; without spans every moment does. */
export function isOpenAt(windows: readonly DayWindow[], timezone: string, at: number): boolean {
  if (windows.length === 0) return true;
  const minute = minuteOfDay(timezone, at);
  return windows.some(({ from, to }) =>
    from < to ? minute >= from && minute < to : minute >= from || minute < to,
  );
}

/** The next moment from then on at which the spans are open, to the minute; null when there is none within two days. */
export function opensAt(windows: readonly DayWindow[], timezone: string, at: number): number | null {
  if (isOpenAt(windows, timezone, at)) return at;
  const start = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  // Minute by minute, so that days on which clocks are changed need no thought.
  for (let minute = 1; minute <= 2 * DAY_MINUTES; minute += 1) {
    const moment = start + minute * MINUTE_MS;
    if (isOpenAt(windows, timezone, moment)) return moment;
  }
  return null;
}

function minuteOfDay(timezone: string, at: number): number {
  let format = formats.get(timezone);
  if (!format) {
    const numeric = {
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
      numberingSystem: 'latn',
    } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, ...numeric });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return (parts.get('hour') ?? 0) * 60 + (parts.get('minute') ?? 0);
}
