import { Link } from '@tanstack/react-router';
import type { Budget, KeyView } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { Money } from '../../components/Money.tsx';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import { formatAgo, formatDay, formatInstant } from '../../format/time.ts';
import { keyState } from './key-state.ts';
import { Limits } from './Limits.tsx';

interface KeyTableProps {
  readonly keys: readonly KeyView[] | undefined;
  readonly caption: string;
  readonly budgets: readonly Budget[] | undefined;
  readonly onRevoke: (key: KeyView) => void;
}

const COLUMNS = 9;

export function KeyTable({ keys, caption, budgets, onRevoke }: KeyTableProps) {
  return (
    <div className="table-scroll">
      <table className="key-table" aria-busy={!keys}>
        <caption className="off-screen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Key</th>
            <th scope="col">Team / user</th>
            <th scope="col">Tags</th>
            <th scope="col">Limits</th>
            <th scope="col">Created</th>
            <th scope="col">Last used</th>
            <th scope="col" className="num">
              Spent in 30 days
            </th>
            <th scope="col">
              <span className="off-screen">Actions</span>
            </th>
          </tr>
        </thead>
        {keys ? (
          <tbody>
            {keys.map((key) => (
              <KeyRow key={key.id} keyView={key} budgets={budgets} onRevoke={() => onRevoke(key)} />
            ))}
          </tbody>
        ) : (
          <SkeletonRows rows={4} columns={COLUMNS} />
        )}
      </table>
    </div>
  );
}

interface KeyRowProps {
  readonly keyView: KeyView;
  readonly budgets: readonly Budget[] | undefined;
  readonly onRevoke: () => void;
}

function KeyRow({ keyView: key, budgets, onRevoke }: KeyRowProps) {
  const state = keyState(key);
  const tags = Object.entries(key.tags).map(([name, value]) => `${name}=${value}`);
  return (
    <tr>
      <th scope="row">
        {key.scope === 'call' ? (
          <Link to="/" search={{ range: '30d', key: key.id, by: 'model' }} title="What it spent">
            {key.name}
          </Link>
        ) : (
          key.name
        )}{' '}
        {key.scope === 'admin' && <Badge tone="accent">admin</Badge>} <KeyBadge keyView={key} />
      </th>
      <td data-label="Key">
        <code>{key.prefix}…</code>
      </td>
      <td data-label="Team / user">
        {[key.team, key.user].filter(Boolean).join(' / ') || <span className="quiet">–</span>}
      </td>
      <td data-label="Tags">{tags.join(', ') || <span className="quiet">–</span>}</td>
      <td data-label="Limits">
        <Limits keyView={key} budgets={budgets} />
      </td>
      <td data-label="Created" title={formatInstant(key.createdAt)}>
        {formatDay(key.createdAt)}
      </td>
      <td data-label="Last used" title={key.lastUsedAt ? formatInstant(key.lastUsedAt) : undefined}>
        {key.lastUsedAt ? formatAgo(key.lastUsedAt) : <span className="quiet">never</span>}
      </td>
      <td data-label="Spent in 30 days" className="num">
        {key.spentUsd30d === null ? <span className="quiet">–</span> : <Money usd={key.spentUsd30d} />}
      </td>
      <td className="num">
        {state === 'active' && (
          <button
            type="button"
            className="button button-small"
            aria-label={`Revoke ${key.name}`}
            onClick={onRevoke}
          >
            Revoke
          </button>
        )}
      </td>
    </tr>
  );
}

function KeyBadge({ keyView }: { readonly keyView: KeyView }) {
  switch (keyState(keyView)) {
    case 'revoked':
      return <Badge title={keyView.revokedAt ? formatInstant(keyView.revokedAt) : ''}>revoked</Badge>;
    case 'expired':
      return <Badge tone="warn">expired</Badge>;
    case 'active':
      return keyView.expiresAt ? <Badge>until {formatDay(keyView.expiresAt)}</Badge> : null;
  }
}
