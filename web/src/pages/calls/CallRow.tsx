import { Link } from '@tanstack/react-router';
import { memo, type MouseEvent } from 'react';
import type { CallView } from '../../api/types.ts';
import { Money } from '../../components/Money.tsx';
import { formatMs } from '../../format/duration.ts';
import { formatCompact, formatCount } from '../../format/number.ts';
import { formatInstant, formatTime } from '../../format/time.ts';
import type { CallsView } from '../../view/calls-view.ts';
import { CallModel } from './CallModel.tsx';
import { owner, tagTexts } from './call-words.ts';
import { COST_DECIMALS, CostMark } from './CostMark.tsx';
import { StatusMark } from './StatusMark.tsx';

interface CallRowProps {
  readonly call: CallView;
  readonly view: CallsView;
  readonly fresh: boolean;
  readonly onOpen: (id: string) => void;
}

/** One call as a line. The whole line opens it; its time is the link for keyboards and screen readers. */
export const CallRow = memo(function CallRow({ call, view, fresh, onOpen }: CallRowProps) {
  const { usage } = call;
  const tags = tagTexts(call.tags);
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(call.id);
  };
  return (
    <tr
      className={fresh ? 'is-fresh' : undefined}
      data-status={call.status}
      data-selected={call.id === view.selected || undefined}
      onClick={open}
    >
      <th scope="row">
        <Link
          to="/calls/$id"
          params={{ id: call.id }}
          search={view}
          preload={false}
          data-call={call.id}
          title={formatInstant(call.startedAt)}
        >
          {formatTime(call.startedAt)}
        </Link>
      </th>
      <td>
        <StatusMark call={call} />
      </td>
      <td>
        <CallModel call={call} />
      </td>
      <td title={[owner(call), call.keyName].filter(Boolean).join(', ') || undefined}>
        {owner(call)} <span className="quiet">{call.keyName ?? (owner(call) ? '' : '–')}</span>
      </td>
      <td className="tags-cell" title={tags.join(', ') || undefined}>
        {Object.values(call.tags).join(', ')}
      </td>
      <Tokens count={usage.input + usage.cacheWrite5m + usage.cacheWrite1h} />
      <Tokens count={usage.cacheRead} />
      <Tokens count={usage.output} />
      <td className="num">
        {call.ttftMs === null ? <span className="quiet">–</span> : formatMs(call.ttftMs)}
      </td>
      <td className="num">{formatMs(call.totalMs)}</td>
      <td className="num">
        <CostMark call={call} />
      </td>
      {view.lever && (
        <td className="num">
          <SavedAmount usd={call.savings?.[view.lever]} />
        </td>
      )}
    </tr>
  );
});

function SavedAmount({ usd }: { readonly usd: string | undefined }) {
  return usd === undefined ? <span className="quiet">–</span> : <Money usd={usd} decimals={COST_DECIMALS} />;
}

function Tokens({ count }: { readonly count: number }) {
  return (
    <td className="num" title={formatCount(count)}>
      {count === 0 ? <span className="quiet">–</span> : formatCompact(count)}
    </td>
  );
}
