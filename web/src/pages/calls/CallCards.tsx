import { Link } from '@tanstack/react-router';
import type { CallView } from '../../api/types.ts';
import { Skeleton } from '../../components/states/Skeleton.tsx';
import { formatMs } from '../../format/duration.ts';
import { formatCompact } from '../../format/number.ts';
import { formatInstant, formatTime } from '../../format/time.ts';
import type { CallsView } from '../../view/calls-view.ts';
import { tokensIn } from '../overview/breakdown.ts';
import { CallModel } from './CallModel.tsx';
import { owner } from './call-words.ts';
import { CostMark } from './CostMark.tsx';
import { StatusMark } from './StatusMark.tsx';

interface CallCardsProps {
  readonly calls: readonly CallView[] | undefined;
  readonly fresh: ReadonlySet<string>;
  readonly view: CallsView;
  readonly onOpen: (id: string) => void;
}

/** The calls on a phone: what it cost first, the rest in two lines. */
export function CallCards({ calls, fresh, view, onOpen }: CallCardsProps) {
  return (
    <ul className="call-cards" aria-label="Calls, newest first" aria-busy={!calls}>
      {calls?.map((call) => (
        <li key={call.id} className={fresh.has(call.id) ? 'is-fresh' : undefined} data-status={call.status}>
          <Link
            to="/calls/$id"
            params={{ id: call.id }}
            search={view}
            preload={false}
            data-call={call.id}
            onClick={(event) => {
              event.preventDefault();
              onOpen(call.id);
            }}
          >
            <span className="card-line">
              <CallModel call={call} />
              <CostMark call={call} />
            </span>
            <span className="card-line quiet">
              <span title={formatInstant(call.startedAt)}>
                {[formatTime(call.startedAt), owner(call)].filter(Boolean).join(' · ')}
              </span>
              {call.status !== 'ok' && <StatusMark call={call} />}
            </span>
            <span className="card-line quiet">
              <span>
                {formatCompact(tokensIn(call.usage))} in, {formatCompact(call.usage.output)} out
              </span>
              <span>{formatMs(call.totalMs)}</span>
            </span>
          </Link>
        </li>
      ))}
      {!calls &&
        Array.from({ length: 8 }, (_, index) => (
          <li key={index} aria-hidden="true">
            <span className="call-card-skeleton">
              <Skeleton width="55%" />
              <Skeleton width="35%" />
              <Skeleton width="45%" />
            </span>
          </li>
        ))}
    </ul>
  );
}
