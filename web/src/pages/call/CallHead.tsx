import type { CallRecord } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { exactUsd, picoFromUsd } from '../../format/money.ts';
import { formatAgo, formatInstant } from '../../format/time.ts';
import { CallModel } from '../calls/CallModel.tsx';
import { StatusMark } from '../calls/StatusMark.tsx';
import { whySentences } from './why.ts';

/** What it cost, and why. */
export function CallHead({ call }: { readonly call: CallRecord }) {
  return (
    <header className="call-head">
      <h1>
        <span className="off-screen">Call that cost </span>
        {call.costUsd === null ? (
          <span className="call-cost">{call.unpriced ? 'Unpriced' : 'No cost'}</span>
        ) : (
          <span className="call-cost">{exactUsd(picoFromUsd(call.costUsd))}</span>
        )}
        {call.usageSource === 'estimated' && <Badge tone="warn">estimated</Badge>}
      </h1>
      <p className="call-line">
        <CallModel call={call} />
        <StatusMark call={call} />
        <time dateTime={call.startedAt} title={formatInstant(call.startedAt)}>
          {formatAgo(call.startedAt)}
        </time>
      </p>
      <ul className="why">
        {whySentences(call).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {call.errorMessage && call.status !== 'ok' && (
        <div className={`call-error call-error-${call.status}`}>
          <strong>
            {call.errorCode} (HTTP {call.httpStatus})
          </strong>
          <p>{call.errorMessage}</p>
        </div>
      )}
      {call.warnings.length > 0 && (
        <div className="call-error call-error-aborted">
          <strong>Warnings</strong>
          <ul>
            {call.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </div>
      )}
    </header>
  );
}
