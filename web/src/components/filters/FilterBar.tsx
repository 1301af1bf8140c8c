import './filters.css';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { dimensionsQuery } from '../../api/queries.ts';
import { type Filters, withChip, withoutChip, withoutChips } from '../../view/filters.ts';
import { periodOf, type RangeName } from '../../view/range.ts';
import { without } from '../../view/without.ts';
import { FilterField } from './FilterField.tsx';
import { RangePicker } from './RangePicker.tsx';

interface FilterBarProps<F extends Filters> {
  readonly view: F;
  readonly defaultRange: RangeName | 'all';
  readonly onChange: (view: F) => void;
  /** More controls beside the range. */
  readonly children?: ReactNode;
}

/** Which calls the page is about: filters on the left, the span of time on the right. */
export function FilterBar<F extends Filters>({ view, defaultRange, onChange, children }: FilterBarProps<F>) {
  const period = periodOf(view, defaultRange);
  const dimensions = useQuery(dimensionsQuery(period));
  return (
    <div className="filter-bar">
      <FilterField
        filters={view}
        dimensions={dimensions.data}
        onAdd={(chip) => onChange(withChip(view, chip))}
        onRemove={(chip) => onChange(withoutChip(view, chip))}
        onClear={() => onChange(withoutChips(view))}
      />
      <RangePicker
        period={period}
        allowAll={defaultRange === 'all'}
        onChange={(range) => onChange({ ...without(view, 'range', 'from', 'to'), ...range })}
      />
      {children}
    </div>
  );
}
