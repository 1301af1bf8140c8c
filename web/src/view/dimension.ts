import type { Group } from '../api/types.ts';
import { type Chip, type Filters, chipsOf } from './filters.ts';

export const FIXED_DIMENSIONS = ['model', 'provider', 'team', 'user', 'key'] as const;
type FixedDimension = (typeof FIXED_DIMENSIONS)[number];

/** What figures are split by; `tag:feature` splits by the values of the tag `feature`, `lever` splits savings only. */
export type Dimension = FixedDimension | 'lever' | `tag:${string}`;

export function parseDimension(value: unknown): Dimension | null {
  if (typeof value !== 'string') return null;
  if (/^tag:.+/.test(value)) return value as Dimension;
  return FIXED_DIMENSIONS.find((dimension) => dimension === value) ?? null;
}

export function dimensionLabel(dimension: Dimension): string {
  return dimension.startsWith('tag:') ? dimension.slice('tag:'.length) : dimension;
}

/** The group's value; null where its calls gave none. */
export function groupValue(group: Group, dimension: Dimension): string | null {
  return group[dimension] ?? null;
}

/** The filter that leaves exactly this group, or null where none can: no value, or the folded rest. */
export function groupChip(dimension: Dimension, value: string | null): Chip | null {
  if (value === null || value === REST) return null;
  if (!dimension.startsWith('tag:')) return { field: dimension as FixedDimension | 'lever', value };
  return { field: 'tag', value: `${dimensionLabel(dimension)}:${value}` };
}

/** The group that stands for all those left out of a top list. */
export const REST = '(other)';

/** The next split that tells something once `dimension` has been filtered to one value. */
export function nextDimension(dimension: Dimension, filters: Filters): Dimension {
  const fixed = new Set<string>(chipsOf(filters).map((chip) => chip.field));
  const open = (['team', 'model', 'user', 'key', 'provider'] as const).filter((one) => !fixed.has(one));
  return open.find((one) => one !== dimension) ?? dimension;
}
