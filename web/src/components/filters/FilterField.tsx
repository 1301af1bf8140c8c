import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { Dimensions } from '../../api/types.ts';
import { type Chip, chipsOf, type Filters } from '../../view/filters.ts';
import { suggest, type Suggestion } from '../../view/suggest.ts';
import { SearchIcon } from '../icons.tsx';
import { useShortcut } from '../keyboard.ts';
import { FilterChip } from './FilterChip.tsx';
import { SuggestionList } from './SuggestionList.tsx';

interface FilterFieldProps {
  readonly filters: Filters;
  readonly dimensions: Dimensions | undefined;
  readonly onAdd: (chip: Chip) => void;
  readonly onRemove: (chip: Chip) => void;
  readonly onClear: () => void;
}

/** One line that finds and holds filters: type a model, a team, a tag; Enter adds it, Backspace takes the last away. */
export function FilterField({ filters, dimensions, onAdd, onRemove, onClear }: FilterFieldProps) {
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const listId = useId();
  const chips = chipsOf(filters);
  const found = open ? suggest(dimensions, typed) : [];
  const at = Math.min(active, found.length - 1);

  useShortcut('/', () => input.current?.focus());
  useEffect(() => {
    if (!open) return;
    const closeOutside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, [open]);

  const show = (text: string) => {
    setTyped(text);
    setActive(0);
    setOpen(true);
  };
  const choose = ({ field, value }: Suggestion) => {
    onAdd({ field, value });
    setTyped('');
    setActive(0);
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = found[at];
    const last = chips.at(-1);
    if (event.key === 'ArrowDown' && !open) setOpen(true);
    else if (event.key === 'ArrowDown') setActive(Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(at - 1, 0));
    else if (event.key === 'Enter' && chosen) choose(chosen);
    else if (event.key === 'Escape' && open) setOpen(false);
    else if (event.key === 'Escape') input.current?.blur();
    else if (event.key === 'Backspace' && typed === '' && last) onRemove(last);
    else return;
    event.stopPropagation();
    if (event.key !== 'Backspace') event.preventDefault();
  };

  return (
    <div ref={root} className="filter-field" onClick={() => input.current?.focus()}>
      <SearchIcon />
      {chips.map((chip) => (
        <FilterChip
          key={`${chip.field} ${chip.value}`}
          chip={chip}
          dimensions={dimensions}
          onRemove={() => onRemove(chip)}
        />
      ))}
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Filter calls"
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open && found.length > 0 ? `${listId}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={chips.length === 0 ? 'Filter by model, team, user, key, tag…' : 'and…'}
        value={typed}
        onChange={(event) => show(event.target.value)}
        onClick={() => setOpen(true)}
        onKeyDown={onKeyDown}
      />
      {chips.length > 1 && (
        <button type="button" className="text-button" onClick={onClear}>
          Clear
        </button>
      )}
      <kbd aria-hidden="true">/</kbd>
      {open && (
        <SuggestionList
          id={listId}
          suggestions={found}
          typed={typed}
          active={at}
          onActive={setActive}
          onChoose={choose}
        />
      )}
    </div>
  );
}
