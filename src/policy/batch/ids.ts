import { hash } from 'node:crypto';
import { uuidv7 } from '../../core/ids.ts';

/** Ids that sort by their time, so that they are cursors of lists. */
export const newFileId = (now: number): string => `file-${hex(uuidv7(now))}`;
export const newBatchId = (now: number): string => `batch_${hex(uuidv7(now))}`;
export const newSubmissionId = (now: number): string => hex(uuidv7(now));

/** What a call is named in the provider's batch. */
export function remoteCustomId(submission: string, line: number): string {
  return `${submission}-${line}`;
}

/** The line of the input file; null for an id that is none of that submission's. */
export function lineOf(submission: string, customId: string): number | null {
  if (!customId.startsWith(`${submission}-`)) return null;
  const line = Number(customId.slice(submission.length + 1));
  return Number.isInteger(line) && line > 0 ? line : null;
}

/** The ledger row of one try of one line: the same however often it is settled. UUIDv7 of the time it began. */
export function itemCallId(batchId: string, line: number, attempt: number, startedAt: number): string {
  const digest = hash('sha256', `${batchId}:${line}:${attempt}`);
  const time = Math.floor(startedAt).toString(16).padStart(12, '0');
  const variant = (8 + (Number.parseInt(digest.charAt(3), 16) & 3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}

function hex(uuid: string): string {
  return uuid.replaceAll('-', '');
}
