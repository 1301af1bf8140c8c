import { useEffect, useRef } from 'react';
import type { Suggestion } from '../../view/suggest.ts';

interface SuggestionListProps {
  readonly id: string;
  readonly suggestions: readonly Suggestion[];
  readonly typed: string;
  readonly active: number;
  readonly onActive: (index: number) => void;
  readonly onChoose: (suggestion: Suggestion) => void;
}

export function SuggestionList({ id, suggestions, typed, active, onActive, onChoose }: SuggestionListProps) {
  const list = useRef<HTMLUListElement>(null);

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  return (
    <ul ref={list} id={id} className="suggestions" role="listbox" aria-label="Filters">
      {suggestions.map((suggestion, index) => (
        <li
          key={`${suggestion.field} ${suggestion.value}`}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          onPointerMove={() => onActive(index)}
          onPointerDown={(event) => event.preventDefault()}
          onClick={(event) => {
            event.stopPropagation();
            onChoose(suggestion);
          }}
        >
          <span className="suggestion-label">{suggestion.label}</span>
          <span className="suggestion-value">{suggestion.shown}</span>
        </li>
      ))}
      {suggestions.length === 0 && (
        <li className="suggestions-none" role="option" aria-selected={false} aria-disabled="true">
          Nothing here is called “{typed.trim()}”. Write <code>session:…</code> or <code>tag:…</code> to
          filter by a value that is not listed.
        </li>
      )}
    </ul>
  );
}
