import { EmptyState } from '../../components/states/EmptyState.tsx';

interface NoCallsProps {
  readonly filtered: boolean;
  /** Says what `onWiden` shows instead. */
  readonly widenLabel: string;
  readonly onWiden: () => void;
}

/** The ledger has calls, and none fits the view. */
export function NoCalls({ filtered, widenLabel, onWiden }: NoCallsProps) {
  return (
    <EmptyState title={filtered ? 'No call matches these filters' : 'No calls in this time'}>
      <p>The ledger has calls, but none {filtered ? 'with these filters ' : ''}in the chosen range.</p>
      <button type="button" className="button" onClick={onWiden}>
        {widenLabel}
      </button>
    </EmptyState>
  );
}
