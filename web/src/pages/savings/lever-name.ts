import { REST } from '../../view/dimension.ts';

/** What a lever is called on the page. */
export function leverName(value: string | null): string {
  if (value === REST) return 'all others';
  return value ?? 'no lever';
}
