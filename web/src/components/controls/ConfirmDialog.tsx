import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Dialog } from './Dialog.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** Says what will happen. */
  readonly children: ReactNode;
  readonly action: { readonly label: string; readonly running: string; readonly run: () => Promise<unknown> };
  /** Stands before the reason why it was not done. */
  readonly failed: string;
  readonly keepLabel: string;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone; everything is read anew once it is done. */
export function ConfirmDialog({ title, children, action, failed, keepLabel, onClose }: ConfirmDialogProps) {
  const queryClient = useQueryClient();
  const { error, isPending, mutate } = useMutation({
    mutationFn: action.run,
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="stack">
        <p>{children}</p>
        {error && (
          <p className="field-error" role="alert">
            {failed} {error.message}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {keepLabel}
          </button>
          <button
            type="button"
            className="button button-danger"
            disabled={isPending}
            onClick={() => mutate()}
          >
            {isPending ? action.running : action.label}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
