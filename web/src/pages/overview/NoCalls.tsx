import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { anyCallQuery } from '../../api/queries.ts';
import { EmptyState } from '../../components/states/EmptyState.tsx';
import { Welcome } from '../welcome/Welcome.tsx';

interface NoCallsProps {
  readonly filtered: boolean;
  /** Says what `onWiden` shows instead. */
  readonly widenLabel: string;
  readonly onWiden: () => void;
}

/** Nothing to show: because nothing ever came, or because nothing fits the view. */
export function NoCalls({ filtered, widenLabel, onWiden }: NoCallsProps) {
  const { data } = useQuery(anyCallQuery());
  const queryClient = useQueryClient();
  const empty = data?.calls.length === 0;
  const wasEmpty = useRef(false);

  // The first call came while the welcome page stood: the figures are worth asking for again.
  useEffect(() => {
    if (wasEmpty.current && data && !empty) void queryClient.invalidateQueries();
    wasEmpty.current = empty;
  }, [data, empty, queryClient]);

  if (!data) return null;
  if (empty) return <Welcome />;
  return (
    <EmptyState title={filtered ? 'No call matches these filters' : 'No calls in this time'}>
      <p>The ledger has calls, but none {filtered ? 'with these filters ' : ''}in the chosen range.</p>
      <button type="button" className="button" onClick={onWiden}>
        {widenLabel}
      </button>
    </EmptyState>
  );
}
