import type { ReactNode } from 'react';
import { Skeleton } from '../../components/states/Skeleton.tsx';
import type { Change } from '../../format/change.ts';

interface FigureProps {
  readonly label: string;
  /** Undefined while it loads. */
  readonly value: ReactNode | undefined;
  readonly note?: ReactNode;
  readonly change?: Change | null | undefined;
  /** Whether going up is bad news; otherwise the change is only told. */
  readonly upIsBad?: boolean;
  readonly className?: string;
}

export function Figure({ label, value, note, change, upIsBad = false, className = '' }: FigureProps) {
  return (
    <div className={`figure ${className}`}>
      <dt>{label}</dt>
      <dd>
        <span className="figure-value">{value ?? <Skeleton width="4.2em" height="0.9em" />}</span>
        <span className="figure-note">
          {value === undefined ? <Skeleton width="6em" /> : note}
          {change && <ChangeMark change={change} upIsBad={upIsBad} />}
        </span>
      </dd>
    </div>
  );
}

const WORDS = { up: 'up', down: 'down', same: 'unchanged' } as const;
const ARROWS = { up: '↑', down: '↓', same: '' } as const;

function ChangeMark({ change, upIsBad }: { readonly change: Change; readonly upIsBad: boolean }) {
  const { direction, text } = change;
  const tone = !upIsBad || direction === 'same' ? 'plain' : direction === 'up' ? 'bad' : 'good';
  return (
    <span className={`change change-${tone}`} title="Against the equally long period before">
      <span className="off-screen">{WORDS[direction]} </span>
      <span aria-hidden="true">{ARROWS[direction]}</span>
      {text}
    </span>
  );
}
