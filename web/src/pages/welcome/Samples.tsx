import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { CodeBlock } from '../../components/controls/CodeBlock.tsx';
import { samples } from './samples.ts';

/** Code for each client, with this server's address in it. */
export function Samples() {
  const all = samples(window.location.origin);
  const [chosen, setChosen] = useState(0);
  const tabs = useRef<HTMLDivElement>(null);
  const id = useId();
  const sample = all[chosen];

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = (chosen + step + all.length) % all.length;
    setChosen(next);
    const tab = tabs.current?.children[next];
    if (tab instanceof HTMLElement) tab.focus();
  };
  return (
    <div className="samples">
      <div ref={tabs} role="tablist" aria-label="Client" className="tabs" onKeyDown={onKeyDown}>
        {all.map(({ id: name, label }, index) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={index === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={index === chosen ? 0 : -1}
            onClick={() => setChosen(index)}
          >
            {label}
          </button>
        ))}
      </div>
      {sample && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${sample.id}`}>
          <CodeBlock code={sample.code} label={`${sample.label} example`} />
        </div>
      )}
    </div>
  );
}
