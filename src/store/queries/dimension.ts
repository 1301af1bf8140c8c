import type { Level } from './range.ts';

/** A property of calls that rows can be grouped and filtered by. */
export interface Dimension {
  /** Its SQL over `illm.calls`. */
  readonly raw: string;
  /** Its column in the rollups; null where none has it. */
  readonly column: string | null;
  /** Whether the small daily rollup has it too. */
  readonly small?: true;
  /** Whether the latency histograms have it too: all of them, or all but the small daily ones. */
  readonly latency?: 'all' | 'fine';
  /** Whether the rollup of savings has it too. */
  readonly saved?: true;
  /** Whether the rollups of failures lack it. */
  readonly unfailed?: true;
}

/** The only names that reach SQL as text; all others are refused before. */
export const DIMENSIONS = {
  provider: { raw: 'provider', column: 'provider', small: true, latency: 'all', saved: true },
  model: { raw: 'model', column: 'model', small: true, latency: 'all', saved: true },
  team: { raw: 'team', column: 'team', small: true, latency: 'fine', saved: true },
  user: { raw: 'user_name', column: 'user_name', small: true, saved: true },
  key: { raw: 'coalesce(key_id, key_name)', column: 'key', small: true, saved: true },
  requestedModel: { raw: 'requested_model', column: 'requested_model', saved: true },
  dialect: { raw: 'dialect', column: 'dialect' },
  operation: { raw: 'operation', column: 'operation' },
  status: { raw: 'status', column: 'status', latency: 'all' },
  errorCode: { raw: 'error_code', column: 'error_code' },
  unpriced: { raw: 'unpriced', column: 'unpriced', unfailed: true },
  tags: { raw: 'tags', column: 'tags', unfailed: true },
  session: { raw: 'session', column: null },
  lever: { raw: 'lever', column: 'lever', saved: true },
} as const satisfies Record<string, Dimension>;

export type DimensionName = keyof typeof DIMENSIONS;

/**
 * What is asked about: sums of calls, histograms of their durations, how they failed, or what was saved on them: by all
 * levers together, or by each.
 */
export type Subject = 'spend' | 'latency' | 'failures' | 'saved' | 'saved-by-lever';

/** The SQL of a dimension at a level; null where that level lacks it. */
export function columnOf(name: DimensionName, level: Level, subject: Subject): string | null {
  const dimension: Dimension = DIMENSIONS[name];
  if (name === 'lever' && subject !== 'saved-by-lever') return level === 'raw' ? 'savings' : null;
  if (level === 'raw') return dimension.raw;
  if (isAboutSavings(subject)) return dimension.saved && level === 'hourly' ? dimension.column : null;
  if (subject === 'failures') return dimension.unfailed ? null : dimension.column;
  if (subject === 'latency')
    return dimension.latency === 'all' || (dimension.latency && level !== 'daily') ? dimension.column : null;
  return level !== 'daily' || dimension.small ? dimension.column : null;
}

export function isAboutSavings(subject: Subject): boolean {
  return subject === 'saved' || subject === 'saved-by-lever';
}

const LEVELS: readonly Level[] = ['daily', 'daily-fine', 'hourly', 'raw'];

/** The levels that a subject has, and that have all of the dimensions; always the raw one. */
export function levelsWith(names: readonly DimensionName[], subject: Subject): Set<Level> {
  const levels = LEVELS.filter((level) => TABLES[subject][level] !== null);
  return new Set(levels.filter((level) => names.every((name) => columnOf(name, level, subject) !== null)));
}

/** The tables of `illm` in which each level is kept. */
export const TABLES: Readonly<Record<Subject, Readonly<Record<Level, string | null>>>> = {
  spend: { daily: 'spend_daily', 'daily-fine': 'spend_daily_fine', hourly: 'spend_hourly', raw: 'calls' },
  latency: {
    daily: 'latency_daily',
    'daily-fine': 'latency_daily_fine',
    hourly: 'latency_hourly',
    raw: 'calls',
  },
  failures: { daily: null, 'daily-fine': 'failures_daily', hourly: 'failures_hourly', raw: 'calls' },
  saved: { daily: null, 'daily-fine': null, hourly: 'savings_hourly', raw: 'calls' },
  'saved-by-lever': { daily: null, 'daily-fine': null, hourly: 'savings_hourly', raw: 'calls' },
};
