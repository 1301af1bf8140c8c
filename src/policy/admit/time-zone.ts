const HOUR_MS = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();
const MOST_OFFSETS = 1000;

/** How far the zone's clocks are ahead of UTC at a moment, milliseconds. @throws RangeError for an unknown zone */
export function offsetMs(timezone: string, at: number): number {
  // Clocks are changed at quarters of an hour.
  const quarter = Math.floor(at / (HOUR_MS / 4)) * (HOUR_MS / 4);
  const name = `${timezone} ${quarter}`;
  const known = offsets.get(name);
  if (known !== undefined) return known;
  const offset = localTime(timezone, quarter) - quarter;
  if (offsets.size >= MOST_OFFSETS) offsets.clear();
  offsets.set(name, offset);
  return offset;
}

/** The moment at which the zone's clocks first show that time (as if it were UTC), or pass it. */
export function momentOf(timezone: string, local: number): number {
  const before = local - offsetMs(timezone, local - 24 * HOUR_MS);
  const after = local - offsetMs(timezone, local + 24 * HOUR_MS);
  const earlier = Math.min(before, after);
  return earlier + offsetMs(timezone, earlier) === local ? earlier : Math.max(before, after);
}

function localTime(timezone: string, at: number): number {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}
