import { useMutation, useQueryClient } from '@tanstack/react-query';
import { revokeKey } from '../../api/queries.ts';
import type { KeyView } from '../../api/types.ts';
import { Dialog } from '../../components/controls/Dialog.tsx';

export function RevokeDialog({
  keyView,
  onClose,
}: {
  readonly keyView: KeyView;
  readonly onClose: () => void;
}) {
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeKey(keyView.id),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog title={`Revoke ${keyView.name}?`} onClose={onClose}>
      <div className="stack">
        <p>
          {keyView.scope === 'call' ? 'Calls' : 'Requests'} with <code>{keyView.prefix}…</code> are refused
          from now on. What it spent stays in the ledger. This cannot be undone.
        </p>
        {revoke.error && (
          <p className="field-error" role="alert">
            It was not revoked: {revoke.error.message}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="button button-danger"
            disabled={revoke.isPending}
            onClick={() => revoke.mutate()}
          >
            {revoke.isPending ? 'Revoking…' : 'Revoke key'}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
