import { Link } from '@tanstack/react-router';
import type { Batch, BatchHours } from '../../api/types.ts';
import { CopyButton } from '../../components/controls/CopyButton.tsx';
import { Money } from '../../components/Money.tsx';
import { formatCount } from '../../format/number.ts';
import { formatAgo, formatInstant, formatTime } from '../../format/time.ts';
import { Figure } from '../overview/Figure.tsx';
import { carrierWord, hoursWords, progressWords, windowWords } from './batch-words.ts';
import { ProgressBar, StatusBadge } from './Progress.tsx';

interface BatchHeadProps {
  readonly batch: Batch;
  readonly hours: BatchHours;
  readonly onCancel: () => void;
}

/** A batch as a whole: how far it is, who has it, what it costs. */
export function BatchHead({ batch, hours, onCancel }: BatchHeadProps) {
  const { id, carriers, createdAt, expiresAt, endedAt, problems } = batch;
  const waits = batch.waiting > 0 ? hoursWords(hours) : null;
  const about = [...Object.entries(batch.tags), ...Object.entries(batch.metadata ?? {})];
  return (
    <header className="batch-head">
      <div className="batch-title">
        <h1>
          <span className="off-screen">Batch </span>
          <code>{id}</code>
        </h1>
        <CopyButton text={id} label="Copy the batch’s id" />
        <StatusBadge batch={batch} />
        {(batch.status === 'validating' || batch.status === 'in_progress') && (
          <button type="button" className="button button-small batch-cancel" onClick={onCancel}>
            Cancel batch
          </button>
        )}
      </div>
      <p className="batch-line">
        {batch.endpoint}, made {formatAgo(createdAt)}
        {batch.keyName && ` with the key ${batch.keyName}`}
        {batch.team && ` by ${batch.team}`}
        {batch.user && ` for ${batch.user}`}
        {about.length > 0 && `: ${about.map(([name, value]) => `${name}=${value}`).join(', ')}`}
      </p>
      {problems.length > 0 && (
        <div className="call-error call-error-error" role="alert">
          <strong>Nothing of it could be called</strong>
          <ul>
            {problems.slice(0, 10).map(({ code, message, line }) => (
              <li key={`${line} ${code}`}>
                {line !== null && `Line ${formatCount(line)}: `}
                {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {waits && <p className="hint">{waits}</p>}
      <dl className="figures figures-of-five batch-figures panel">
        <Figure
          label="Progress"
          className="figure-first"
          value={<ProgressBar batch={batch} />}
          note={progressWords(batch)}
        />
        <Figure
          label="Cost"
          value={<Money usd={batch.costUsd} />}
          note={
            batch.unpricedCalls > 0 ? (
              `${formatCount(batch.unpricedCalls)} calls have no known price`
            ) : (
              <Link to="/calls" search={{ session: id, range: '30d' }}>
                its calls in the ledger
              </Link>
            )
          }
        />
        <Figure
          label="Saved"
          value={<Money usd={batch.savedUsd} />}
          note="against the same calls made at once"
        />
        <Figure
          label="Window"
          value={windowWords(batch)}
          note={
            <span title={formatInstant(endedAt ?? expiresAt)}>
              {endedAt === null ? 'what is not done then is dropped' : `ended ${formatTime(endedAt)}`}
            </span>
          }
        />
        <Figure
          label="Calls"
          value={formatCount(batch.total)}
          note={
            <ul>
              {carriers.map((carrier) => (
                <li key={carrierWord(carrier)}>
                  {carrierWord(carrier)}: {formatCount(carrier.calls)}
                </li>
              ))}
            </ul>
          }
        />
      </dl>
    </header>
  );
}
