import '../budgets/budgets.css';
import './keys.css';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { budgetsQuery, keysQuery } from '../../api/queries.ts';
import type { KeyView } from '../../api/types.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { usePageTitle } from '../../components/page-title.ts';
import { EmptyState } from '../../components/states/EmptyState.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { AttributionHelp } from './AttributionHelp.tsx';
import { keyState } from './key-state.ts';
import { KeyTable } from './KeyTable.tsx';
import { NewKeyDialog } from './NewKeyDialog.tsx';
import { RevokeDialog } from './RevokeDialog.tsx';

export function Keys() {
  usePageTitle('Keys');
  const { data, error, refetch } = useQuery(keysQuery());
  const limited = data?.keys.some(({ limits }) => limits?.budget) ?? false;
  const { data: budgets } = useQuery({ ...budgetsQuery(), enabled: limited });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<KeyView | null>(null);
  const active = data?.keys.filter((key) => keyState(key) === 'active');
  const past = data?.keys.filter((key) => keyState(key) !== 'active') ?? [];
  const first = data?.keys.every(({ scope }) => scope !== 'call') ?? false;

  return (
    <div className="page">
      <div className="page-head">
        <h1>Keys</h1>
        <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
          <PlusIcon />
          New key
        </button>
      </div>
      {error && !data ? (
        <div className="panel">
          <ErrorState error={error} what="Keys" onRetry={() => void refetch()} />
        </div>
      ) : active?.length === 0 ? (
        <EmptyState title="No key yet">
          <p>
            Until there is one, whoever reaches this server can call through it. A key says whose call it is,
            so that spend can be split by team and user, and only calls with a key are let through.
          </p>
          <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
            Create the first key
          </button>
        </EmptyState>
      ) : (
        <div className="panel panel-flush">
          <KeyTable keys={active} caption="Keys in use" budgets={budgets?.budgets} onRevoke={setRevoking} />
        </div>
      )}
      {past.length > 0 && (
        <details className="past-keys">
          <summary>
            {past.length} revoked or expired {past.length === 1 ? 'key' : 'keys'}
          </summary>
          <div className="panel panel-flush">
            <KeyTable
              keys={past}
              caption="Revoked and expired keys"
              budgets={undefined}
              onRevoke={setRevoking}
            />
          </div>
        </details>
      )}
      <AttributionHelp />
      {creating && <NewKeyDialog first={first} onClose={() => setCreating(false)} />}
      {revoking && <RevokeDialog keyView={revoking} onClose={() => setRevoking(null)} />}
    </div>
  );
}
