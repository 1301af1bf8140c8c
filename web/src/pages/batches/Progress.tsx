import type { Batch } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { progressOf, STATUS_TONE, statusWord } from './batch-words.ts';

/** How far a batch is. The numbers beside it say the same. */
export function ProgressBar({ batch }: { readonly batch: Batch }) {
  let x = 0;
  return (
    <svg
      className="batch-bar"
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect className="batch-whole" width="100" height="6" />
      {progressOf(batch).map(({ part, share }) => {
        const start = x;
        x += share * 100;
        return <rect key={part} className={`batch-${part}`} x={start} width={share * 100} height="6" />;
      })}
    </svg>
  );
}

export function StatusBadge({ batch: { status } }: { readonly batch: Batch }) {
  return <Badge tone={STATUS_TONE[status]}>{statusWord(status)}</Badge>;
}
