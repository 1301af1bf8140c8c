import type { Batch, BatchCarrier, BatchHours, BatchStatus } from '../../api/types.ts';
import { formatMs } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { formatTime } from '../../format/time.ts';

export const STATUS_TONE: Readonly<Record<BatchStatus, 'plain' | 'accent' | 'warn' | 'bad'>> = {
  validating: 'accent',
  in_progress: 'accent',
  finalizing: 'accent',
  completed: 'plain',
  cancelling: 'warn',
  cancelled: 'warn',
  expired: 'warn',
  failed: 'bad',
};

export function statusWord(status: BatchStatus): string {
  return status.replace('_', ' ');
}

/** Shares of a batch's calls, 0 to 1, in the order in which a bar shows them. */
export function progressOf(batch: Batch): readonly { readonly part: string; readonly share: number }[] {
  const { total, completed, failed, running, submitted } = batch;
  if (total === 0) return [];
  return Object.entries({ completed, failed, running, submitted })
    .filter(([, calls]) => calls > 0)
    .map(([part, calls]) => ({ part, share: calls / total }));
}

/** `12 of 30 done, 2 failed`. */
export function progressWords({ total, completed, failed, status }: Batch): string {
  if (total === 0) return status === 'validating' ? 'reading its file' : 'no calls';
  const done = `${formatCount(completed + failed)} of ${formatCount(total)} done`;
  return failed > 0 ? `${done}, ${formatCount(failed)} failed` : done;
}

/** Who answered, or has the calls now. */
export function carrierWord({ provider, asBatch }: BatchCarrier): string {
  if (provider === null) return 'the gateway';
  return asBatch ? `${provider} batch` : `${provider}, call by call`;
}

/** Until when it may take, or how long it took. */
export function windowWords({ createdAt, endedAt, expiresAt }: Batch): string {
  if (endedAt === null) return `until ${formatTime(expiresAt)}`;
  return `took ${formatMs(Math.max(0, Date.parse(endedAt) - Date.parse(createdAt)))}`;
}

/** Why calls that no provider takes as a batch wait, if they do. */
export function hoursWords({ windows, timezone, opensAt }: BatchHours): string | null {
  if (windows.length === 0) return null;
  const spans = windows.map((span) => span.replace('-', '–')).join(', ');
  const now = opensAt === null ? 'which is now' : `next ${formatTime(opensAt)}`;
  return `Calls that no provider takes as a batch are made ${spans} (${timezone}), ${now}.`;
}

/** As long as it must be to tell batches apart at a glance. */
export function shortId(id: string): string {
  return id.length > 16 ? `batch_…${id.slice(-8)}` : id;
}
