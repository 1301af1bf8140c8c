import { Link } from '@tanstack/react-router';
import { Panel } from '../../components/Panel.tsx';
import { formatCount } from '../../format/number.ts';
import { formatAgo, formatInstant } from '../../format/time.ts';
import type { Filters } from '../../view/filters.ts';
import type { Overview } from './use-overview.ts';

const MOST = 6;

/** What failed most, with the provider's last words. */
export function Errors({ overview, filters }: { readonly overview: Overview; readonly filters: Filters }) {
  const { errors = [] } = overview.data;
  if (errors.length === 0) return null;
  return (
    <Panel title="Errors" stale={overview.stale}>
      <ul className="error-list">
        {errors
          .slice(0, MOST)
          .map(({ errorCode, provider, httpStatus, calls, lastAt, lastMessage, lastCallId }) => (
            <li key={`${errorCode} ${provider} ${httpStatus}`}>
              <Link
                className="error-count"
                to="/calls"
                search={{ ...filters, errorCode, ...(provider && { provider }) }}
                aria-label={`${formatCount(calls)} calls with ${errorCode}${provider ? ` from ${provider}` : ''}`}
              >
                {formatCount(calls)}
              </Link>
              <span className="error-what">
                <code>{errorCode}</code>{' '}
                <span className="quiet">{[httpStatus, provider].filter(Boolean).join(' · ')}</span>
              </span>
              <span className="error-message" title={lastMessage ?? undefined}>
                {lastMessage ?? '–'}
              </span>
              <Link
                to="/calls/$id"
                params={{ id: lastCallId }}
                title={`The last one, ${formatInstant(lastAt)}`}
                className="error-when"
              >
                {formatAgo(lastAt)}
              </Link>
            </li>
          ))}
      </ul>
    </Panel>
  );
}
