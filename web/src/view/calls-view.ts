import { type Filters, parseFilters } from './filters.ts';

/** Everything the calls table's address holds. */
export interface CallsView extends Filters {
  readonly live?: true;
  /** The call that was opened last: it is marked, and has the focus when one comes back. */
  readonly selected?: string;
}

export function parseCalls(search: Readonly<Record<string, unknown>>): CallsView {
  const { live, selected } = search;
  return {
    ...parseFilters(search),
    ...((live === 'true' || live === true) && { live: true }),
    ...(typeof selected === 'string' && selected !== '' && { selected }),
  };
}
