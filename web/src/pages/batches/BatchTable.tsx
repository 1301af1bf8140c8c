import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import type { Batch } from '../../api/types.ts';
import { Money } from '../../components/Money.tsx';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import { formatAgo, formatInstant } from '../../format/time.ts';
import { useRowKeys } from '../calls/use-row-keys.ts';
import { carrierWord, progressWords, shortId, windowWords } from './batch-words.ts';
import { ProgressBar, StatusBadge } from './Progress.tsx';

const COLUMNS = 7;

export function BatchTable({ batches }: { readonly batches: readonly Batch[] | undefined }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, undefined, batches !== undefined, 'batch');
  return (
    <div className="table-scroll">
      <table className="card-table batch-table" aria-busy={!batches}>
        <caption className="off-screen">Batches, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Batch</th>
            <th scope="col">Progress</th>
            <th scope="col">Answered by</th>
            <th scope="col">Window</th>
            <th scope="col">Created</th>
            <th scope="col" className="num">
              Cost
            </th>
            <th scope="col" className="num">
              Saved
            </th>
          </tr>
        </thead>
        {batches ? (
          <tbody ref={body}>
            {batches.map((batch) => (
              <BatchRow key={batch.id} batch={batch} />
            ))}
          </tbody>
        ) : (
          <SkeletonRows rows={4} columns={COLUMNS} />
        )}
      </table>
    </div>
  );
}

function BatchRow({ batch }: { readonly batch: Batch }) {
  const { id, createdAt, endedAt, expiresAt, carriers } = batch;
  const owner = [batch.keyName, batch.team].filter(Boolean).join(' / ');
  return (
    <tr>
      <th scope="row">
        <Link to="/batches/$id" params={{ id }} data-batch={id} title={id}>
          <code>{shortId(id)}</code>
        </Link>{' '}
        <StatusBadge batch={batch} />
        <span className="batch-of">
          {batch.endpoint.replace('/v1/', '')}
          {owner && `, ${owner}`}
        </span>
      </th>
      <td data-label="Progress">
        <span className="batch-progress">
          <ProgressBar batch={batch} />
          {progressWords(batch)}
        </span>
      </td>
      <td data-label="Answered by" className="batch-carriers">
        {carriers.length === 0 ? (
          <span className="quiet">–</span>
        ) : (
          [...new Set(carriers.map(carrierWord))].join('; ')
        )}
      </td>
      <td data-label="Window" title={`${formatInstant(createdAt)} – ${formatInstant(endedAt ?? expiresAt)}`}>
        {windowWords(batch)}
      </td>
      <td data-label="Created" title={formatInstant(createdAt)}>
        {formatAgo(createdAt)}
      </td>
      <td data-label="Cost" className="num">
        <Money usd={batch.costUsd} />
      </td>
      <td data-label="Saved" className="num">
        <Money usd={batch.savedUsd} />
      </td>
    </tr>
  );
}
