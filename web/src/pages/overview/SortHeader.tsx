import type { BreakdownColumn } from '../../view/overview-view.ts';

export interface Sort {
  readonly column: BreakdownColumn;
  readonly direction: 'asc' | 'desc';
}

interface SortHeaderProps {
  readonly column: BreakdownColumn;
  readonly label: string;
  readonly sort: Sort;
  readonly className?: string;
  readonly onSort: (sort: Sort) => void;
}

/** A column's head that sorts by it: figures largest first, names from A on; again for the other way. */
export function SortHeader({ column, label, sort, className, onSort }: SortHeaderProps) {
  const active = sort.column === column;
  const first = column === 'name' ? 'asc' : 'desc';
  const next = active && sort.direction === first ? (first === 'asc' ? 'desc' : 'asc') : first;
  const order = sort.direction === 'asc' ? 'ascending' : 'descending';
  return (
    <th scope="col" className={className} aria-sort={active ? order : undefined}>
      <button type="button" className="sort-button" onClick={() => onSort({ column, direction: next })}>
        {label}
        <span className="sort-arrow" aria-hidden="true">
          {active && sort.direction === 'asc' ? '↑' : '↓'}
        </span>
      </button>
    </th>
  );
}
