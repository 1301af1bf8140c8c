import { EmptyState } from '../../components/states/EmptyState.tsx';

interface NoSavingsProps {
  readonly narrowed: boolean;
  /** Shows a longer time without filters. */
  readonly onWiden: () => void;
}

/** No call in view has a decision whose saving is known. */
export function NoSavings({ narrowed, onWiden }: NoSavingsProps) {
  return (
    <EmptyState title="No lever has saved anything here">
      <p>
        Levers that change an answer or its cost are off until they are switched on, for all models or for one
        alias: <code>cache</code>, <code>compress</code>, <code>route</code> and others in the configuration.
        What each saves is then priced call by call, and shown here.
      </p>
      {narrowed && (
        <button type="button" className="button" onClick={onWiden}>
          Show the last 30 days without filters
        </button>
      )}
    </EmptyState>
  );
}
