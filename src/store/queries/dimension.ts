import type { Level } from './range.ts';

/** A property of calls that rows can be grouped and filtered by. */
export interface Dimension {
  /** Its SQL over `illm.calls`. */
  readonly raw: string;
  /** Its column in the spend rollups; the daily one has fewer. */
  readonly hourly: string | null;
  readonly daily: string | null;
  /** Its column in the latency histograms. */
  readonly latency: string | null;
}

function everywhere(column: string): Dimension {
  return { raw: column, hourly: column, daily: column, latency: null };
}

function hourly(column: string, raw = column): Dimension {
  return { raw, hourly: column, daily: null, latency: null };
}

/** The only names that reach SQL as text; all others are refused before. */
export const DIMENSIONS = {
  provider: { ...everywhere('provider'), latency: 'provider' },
  model: { ...everywhere('model'), latency: 'model' },
  team: everywhere('team'),
  user: everywhere('user_name'),
  key: hourly('key', 'coalesce(key_id, key_name)'),
  requestedModel: hourly('requested_model'),
  dialect: hourly('dialect'),
  operation: hourly('operation'),
  status: { ...hourly('status'), latency: 'status' },
  errorCode: hourly('error_code'),
  unpriced: hourly('unpriced'),
  tags: hourly('tags'),
  session: { raw: 'session', hourly: null, daily: null, latency: null },
} as const satisfies Record<string, Dimension>;

export type DimensionName = keyof typeof DIMENSIONS;

/** Which tables hold a measure: the levels of spend, or of the latency histograms. */
export type Subject = 'spend' | 'latency';

/** The SQL of a dimension at a level; null where that level lacks it. */
export function columnOf(name: DimensionName, level: Level, subject: Subject): string | null {
  const dimension: Dimension = DIMENSIONS[name];
  if (level === 'raw') return dimension.raw;
  if (subject === 'latency') return level === 'hourly' ? dimension.latency : null;
  return level === 'hourly' ? dimension.hourly : dimension.daily;
}

const ROLLUPS: readonly Level[] = ['daily', 'hourly'];

/** The levels that have all of the dimensions; always the raw one. */
export function levelsWith(names: readonly DimensionName[], subject: Subject): Set<Level> {
  const rollups = ROLLUPS.filter((level) => level !== 'daily' || subject === 'spend').filter((level) =>
    names.every((name) => columnOf(name, level, subject) !== null),
  );
  return new Set<Level>([...rollups, 'raw']);
}
