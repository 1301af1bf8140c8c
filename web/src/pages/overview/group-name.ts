import type { Dimensions } from '../../api/types.ts';
import { type Dimension, dimensionLabel, REST } from '../../view/dimension.ts';

/** What a group is called on the page. */
export function groupName(
  dimension: Dimension,
  value: string | null,
  dimensions: Dimensions | undefined,
): string {
  if (value === null) return `no ${dimensionLabel(dimension)}`;
  if (value === REST) return 'all others';
  if (dimension !== 'key') return value;
  return dimensions?.key.find(({ id }) => id === value)?.name ?? value;
}
