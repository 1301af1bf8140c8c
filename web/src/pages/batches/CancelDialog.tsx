import { cancelBatch } from '../../api/queries.ts';
import type { Batch } from '../../api/types.ts';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog.tsx';
import { formatCount } from '../../format/number.ts';

export function CancelDialog({ batch, onClose }: { readonly batch: Batch; readonly onClose: () => void }) {
  const { id, submitted, completed } = batch;
  return (
    <ConfirmDialog
      title="Cancel this batch?"
      action={{ label: 'Cancel batch', running: 'Cancelling…', run: () => cancelBatch(id) }}
      failed="It was not cancelled:"
      keepLabel="Keep it"
      onClose={onClose}
    >
      Calls that were not begun are not made. The {formatCount(completed)} answers that are there stay in its
      output file.{' '}
      {submitted > 0 &&
        `A provider has ${formatCount(submitted)} of its calls: what it answered before it stops is still paid, and kept.`}
    </ConfirmDialog>
  );
}
