import type { Batch, StoredFile, Submission, WaitingItem } from '../../core/batch.ts';

/** Rows as the database gives them: times are ISO 8601. */
type Timed<Row, Times extends keyof Row> = Omit<Row, Times> & { readonly [Name in Times]: Moment<Row[Name]> };
type Moment<Value> = null extends Value ? string | null : string;

export type FileRow = Timed<StoredFile, 'createdAt' | 'expiresAt'>;
export const FILE = `id, tenant, filename, purpose, bytes, created_at as "createdAt", expires_at as "expiresAt"`;

export function fileOf(row: FileRow): StoredFile {
  return { ...row, createdAt: Date.parse(row.createdAt), expiresAt: Date.parse(row.expiresAt) };
}

export type BatchRow = Timed<Batch, 'createdAt' | 'expiresAt' | 'startedAt' | 'cancellingAt' | 'endedAt'>;
export const BATCH = `id, tenant, caller, endpoint, input_file_id as "inputFileId", metadata, status, problems,
  output_file_id as "outputFileId", error_file_id as "errorFileId", total, completed, failed,
  created_at as "createdAt", expires_at as "expiresAt", started_at as "startedAt",
  cancelling_at as "cancellingAt", ended_at as "endedAt"`;

export function batchOf(row: BatchRow): Batch {
  return {
    ...row,
    createdAt: Date.parse(row.createdAt),
    expiresAt: Date.parse(row.expiresAt),
    startedAt: momentOf(row.startedAt),
    cancellingAt: momentOf(row.cancellingAt),
    endedAt: momentOf(row.endedAt),
  };
}

export type ItemRow = Timed<WaitingItem, 'startedAt'>;
export const ITEM = `line, custom_id as "customId", model, request, attempt, started_at as "startedAt"`;

export function itemOf(row: ItemRow): WaitingItem {
  return { ...row, startedAt: momentOf(row.startedAt) };
}

export type SubmissionRow = Timed<Submission, 'intendedAt' | 'pollAt'>;
export const SUBMISSION = `id, batch_id as "batchId", provider, model, state, remote_id as "remoteId",
  intended_at as "intendedAt", polls, poll_at as "pollAt"`;

export function submissionOf(row: SubmissionRow): Submission {
  return { ...row, intendedAt: Date.parse(row.intendedAt), pollAt: Date.parse(row.pollAt) };
}

export function momentOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
