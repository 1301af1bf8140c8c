import { ceilDay, ceilHour, floorDay, floorHour } from './time.ts';

/**
 * Where sums of a stretch of time come from: whole days with few or with all dimensions, whole hours, or the calls
 * themselves.
 */
export type Level = 'daily' | 'daily-fine' | 'hourly' | 'raw';

/** A stretch [from, to) of epoch milliseconds, without end where `to` is null. */
export interface Stretch {
  readonly from: number;
  readonly to: number | null;
}

export interface Piece extends Stretch {
  readonly level: Level;
}

/**
 * Cuts a stretch into pieces, each to be read from the coarsest level that is allowed and fits. Without `raw` the
 * stretch must begin and end on whole hours.
 */
export function cutRange({ from, to }: Stretch, allowed: ReadonlySet<Level>): Piece[] {
  if (!allowed.has('hourly')) return [{ level: 'raw', from, to }];
  const hours: Stretch = { from: ceilHour(from), to: to === null ? null : floorHour(to) };
  if (hours.to !== null && hours.from > hours.to) return [{ level: 'raw', from, to }];
  const days: Stretch = { from: ceilDay(hours.from), to: hours.to === null ? null : floorDay(hours.to) };
  const dayLevel = DAY_LEVELS.find((level) => allowed.has(level));
  const pieces: Piece[] =
    dayLevel !== undefined && (days.to === null || days.from < days.to)
      ? [
          { level: 'raw', from, to: hours.from },
          { level: 'hourly', from: hours.from, to: days.from },
          { level: dayLevel, ...days },
          { level: 'hourly', from: days.to ?? 0, to: days.to === null ? 0 : hours.to },
          { level: 'raw', from: hours.to ?? 0, to: hours.to === null ? 0 : to },
        ]
      : [
          { level: 'raw', from, to: hours.from },
          { level: 'hourly', ...hours },
          { level: 'raw', from: hours.to ?? 0, to: hours.to === null ? 0 : to },
        ];
  return pieces.filter((piece) => piece.to === null || piece.from < piece.to);
}

/** The cheaper one first. */
export const DAY_LEVELS = ['daily', 'daily-fine'] as const;

/** The smallest stretch of whole hours that holds this one. */
export function widened({ from, to }: Stretch): Stretch {
  return { from: floorHour(from), to: to === null ? null : ceilHour(to) };
}
