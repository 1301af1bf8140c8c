import '../calls/calls.css';
import './batches.css';
import { useInfiniteQuery } from '@tanstack/react-query';
import { batchesQuery } from '../../api/queries.ts';
import { usePageTitle } from '../../components/page-title.ts';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { MoreCalls } from '../calls/MoreCalls.tsx';
import { hoursWords } from './batch-words.ts';
import { BatchTable } from './BatchTable.tsx';
import { NoBatches } from './NoBatches.tsx';

export function Batches() {
  usePageTitle('Batches');
  const query = useInfiniteQuery(batchesQuery());
  const { data, error, refetch } = query;
  const batches = data?.pages.flatMap((page) => page.batches);
  const hours = data?.pages[0]?.hours;
  const note = hours && hoursWords(hours);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Batches</h1>
      </div>
      {hours?.enabled === false && (
        <p className="banner banner-warn">
          New batches are refused: <code>batch.enabled</code> is false.
        </p>
      )}
      {error && !data ? (
        <div className="panel">
          <ErrorState error={error} what="Batches" onRetry={() => void refetch()} />
        </div>
      ) : batches?.length === 0 ? (
        <NoBatches />
      ) : (
        <>
          {note && <p className="hint">{note}</p>}
          <div className="panel panel-flush">
            <BatchTable batches={batches} />
          </div>
          {query.hasNextPage && <MoreCalls what="older batches" query={query} />}
        </>
      )}
    </div>
  );
}
