import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import type { BatchItem, BatchItemState } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import { formatTime } from '../../format/time.ts';
import { useRowKeys } from '../calls/use-row-keys.ts';

const TONE: Readonly<Record<BatchItemState, 'plain' | 'accent' | 'bad'>> = {
  waiting: 'plain',
  running: 'accent',
  submitted: 'accent',
  answered: 'plain',
  failed: 'bad',
};
const COLUMNS = 5;

export function ItemTable({ items }: { readonly items: readonly BatchItem[] | undefined }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, undefined, items !== undefined);
  return (
    <div className="table-scroll">
      <table className="card-table item-table" aria-busy={!items}>
        <caption className="off-screen">Calls of the batch, in the order of its file</caption>
        <thead>
          <tr>
            <th scope="col">Call</th>
            <th scope="col">State</th>
            <th scope="col">Model</th>
            <th scope="col">What went wrong</th>
            <th scope="col" className="num">
              Line
            </th>
          </tr>
        </thead>
        {items ? (
          <tbody ref={body}>
            {items.map((item) => (
              <ItemRow key={item.line} item={item} />
            ))}
          </tbody>
        ) : (
          <SkeletonRows rows={8} columns={COLUMNS} />
        )}
      </table>
    </div>
  );
}

function ItemRow({ item }: { readonly item: BatchItem }) {
  const { line, customId, model, state, attempt, notBefore, error, callId } = item;
  return (
    <tr>
      <th scope="row">
        {callId === null ? (
          customId || <span className="quiet">no id</span>
        ) : (
          <Link to="/calls/$id" params={{ id: callId }} data-call={callId} title="Its row in the ledger">
            {customId}
          </Link>
        )}
      </th>
      <td data-label="State">
        <Badge tone={TONE[state]}>{state}</Badge>{' '}
        {state === 'submitted' && <span className="quiet">at the provider</span>}
        {attempt > 0 && <span className="quiet">after {attempt} failed</span>}
        {notBefore && <span className="quiet"> again {formatTime(notBefore)}</span>}
      </td>
      <td data-label="Model">{model || <span className="quiet">–</span>}</td>
      <td data-label="What went wrong" className="item-error">
        {error ? (
          <>
            <code>{error.code}</code> {error.message}
          </>
        ) : (
          <span className="quiet">–</span>
        )}
      </td>
      <td data-label="Line" className="num">
        {line}
      </td>
    </tr>
  );
}
