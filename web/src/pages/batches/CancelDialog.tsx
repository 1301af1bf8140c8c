import { useMutation, useQueryClient } from '@tanstack/react-query';
import { cancelBatch } from '../../api/queries.ts';
import type { Batch } from '../../api/types.ts';
import { Dialog } from '../../components/controls/Dialog.tsx';
import { formatCount } from '../../format/number.ts';

export function CancelDialog({ batch, onClose }: { readonly batch: Batch; readonly onClose: () => void }) {
  const queryClient = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelBatch(batch.id),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const { submitted, completed } = batch;
  return (
    <Dialog title="Cancel this batch?" onClose={onClose}>
      <div className="stack">
        <p>
          Calls that were not begun are not made. The {formatCount(completed)} answers that are there stay in
          its output file.{' '}
          {submitted > 0 &&
            `A provider has ${formatCount(submitted)} of its calls: what it answered before it stops is still paid, and kept.`}
        </p>
        {cancel.error && (
          <p className="field-error" role="alert">
            It was not cancelled: {cancel.error.message}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Keep it
          </button>
          <button
            type="button"
            className="button button-danger"
            disabled={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            {cancel.isPending ? 'Cancelling…' : 'Cancel batch'}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
