import type { Dimensions } from '../../api/types.ts';
import { type Chip, FILTER_LABELS } from '../../view/filters.ts';
import { CloseIcon } from '../icons.tsx';

interface FilterChipProps {
  readonly chip: Chip;
  readonly dimensions: Dimensions | undefined;
  readonly onRemove: () => void;
}

export function FilterChip({ chip, dimensions, onRemove }: FilterChipProps) {
  const [label, value] = wordsOf(chip, dimensions);
  return (
    <span className="chip">
      <span className="chip-text" title={`${label} ${value}`.trim()}>
        {label && <span className="chip-label">{label} </span>}
        {value}
      </span>
      <button type="button" aria-label={`Remove the filter ${label} ${value}`} onClick={onRemove}>
        <CloseIcon />
      </button>
    </span>
  );
}

function wordsOf(
  { field, value }: Chip,
  dimensions: Dimensions | undefined,
): readonly [label: string, value: string] {
  if (field === 'unpriced') return ['', 'unpriced'];
  if (field === 'tag') return [value.slice(0, value.indexOf(':')), value.slice(value.indexOf(':') + 1)];
  if (field !== 'key') return [FILTER_LABELS[field], value];
  return ['key', dimensions?.key.find(({ id }) => id === value)?.name ?? `…${value.slice(-6)}`];
}
