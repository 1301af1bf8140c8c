import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { aboutQuery } from '../../api/queries.ts';
import type { About } from '../../api/types.ts';
import { formatCount } from '../../format/number.ts';

interface Notice {
  readonly id: string;
  readonly tone: 'info' | 'warn' | 'bad';
  readonly text: ReactNode;
}

/** What everyone who looks at figures has to know first. */
export function Banners() {
  const { data, error } = useQuery(aboutQuery());
  const notices = [...(data ? noticesOf(data) : []), ...(data && error ? [SERVER_GONE] : [])];
  return (
    <div className="banners" role="status">
      {notices.map(({ id, tone, text }) => (
        <p key={id} className={`banner banner-${tone}`}>
          {text}
        </p>
      ))}
    </div>
  );
}

/** A busy ledger always has some rows on their way; so many are seen in the figures. */
const NOTABLE_BACKLOG = 1000;

const SERVER_GONE: Notice = {
  id: 'gone',
  tone: 'bad',
  text: 'The server does not answer. These are the last figures it gave; they go on by themselves once it is back.',
};

function noticesOf({ demo, store, config }: About): readonly Notice[] {
  const notices: Notice[] = [];
  if (demo)
    notices.push({
      id: 'demo',
      tone: 'info',
      text: (
        <>
          <strong>Simulated provider and traffic.</strong> This is the demonstration: no provider is called
          and no money is spent.
        </>
      ),
    });
  if (config?.error)
    notices.push({
      id: 'config',
      tone: 'bad',
      text: (
        <>
          <strong>The configuration has an error,</strong> so the last good one stays in force: {config.error}
        </>
      ),
    });
  if (store && !store.healthy)
    notices.push({
      id: 'store',
      tone: 'bad',
      text: (
        <>
          <strong>The store is down.</strong> Calls go on and are kept in the journal on disk
          {store.journaledRows > 0 && ` (${formatCount(store.journaledRows)} so far)`}; figures here are
          behind until it is back.
        </>
      ),
    });
  else if (store && store.journaledRows >= NOTABLE_BACKLOG)
    notices.push({
      id: 'journal',
      tone: 'warn',
      text: `${formatCount(store.journaledRows)} calls are being replayed from the journal: figures here are still behind.`,
    });
  return notices;
}
