import { type Dimension, parseDimension } from './dimension.ts';
import { type Filters, parseFilters } from './filters.ts';

const BREAKDOWN_COLUMNS = ['name', 'cost', 'change', 'calls', 'tokens', 'perCall', 'errors', 'p95'] as const;
export type BreakdownColumn = (typeof BREAKDOWN_COLUMNS)[number];

/** Everything the overview's address holds. */
export interface OverviewView extends Filters {
  readonly by?: Dimension;
  readonly sort?: BreakdownColumn;
  readonly dir?: 'asc' | 'desc';
  /** Shows the chart's figures as a table. */
  readonly chart?: 'table';
}

export function parseOverview(search: Readonly<Record<string, unknown>>): OverviewView {
  const by = parseDimension(search['by']);
  const sort = BREAKDOWN_COLUMNS.find((column) => column === search['sort']);
  const dir = search['dir'];
  return {
    ...parseFilters(search),
    ...(by && { by }),
    ...(sort && { sort }),
    ...((dir === 'asc' || dir === 'desc') && { dir }),
    ...(search['chart'] === 'table' && { chart: 'table' }),
  };
}
