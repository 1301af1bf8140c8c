import { revokeKey } from '../../api/queries.ts';
import type { KeyView } from '../../api/types.ts';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog.tsx';

export function RevokeDialog({
  keyView,
  onClose,
}: {
  readonly keyView: KeyView;
  readonly onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Revoke ${keyView.name}?`}
      action={{ label: 'Revoke key', running: 'Revoking…', run: () => revokeKey(keyView.id) }}
      failed="It was not revoked:"
      keepLabel="Cancel"
      onClose={onClose}
    >
      {keyView.scope === 'call' ? 'Calls' : 'Requests'} with <code>{keyView.prefix}…</code> are refused from
      now on. What it spent stays in the ledger. This cannot be undone.
    </ConfirmDialog>
  );
}
