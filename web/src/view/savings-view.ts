import { type Dimension, parseDimension } from './dimension.ts';
import { type Filters, parseFilters } from './filters.ts';

/** Everything the address of the savings page holds. */
export interface SavingsView extends Filters {
  /** What the second table splits by. */
  readonly by?: Dimension;
  /** Shows the chart's figures as a table. */
  readonly chart?: 'table';
}

export function parseSavings(search: Readonly<Record<string, unknown>>): SavingsView {
  const by = parseDimension(search['by']);
  return {
    ...parseFilters(search),
    ...(by && { by }),
    ...(search['chart'] === 'table' && { chart: 'table' }),
  };
}
