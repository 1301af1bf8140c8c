import type { Batch, BatchCaller, StoredFile } from '../../core/batch.ts';
import type { Caller } from '../../core/call.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import { sha256 } from '../../core/secret.ts';

/** Whose files and batches a caller sees: the team's, else the key's, else those of the credential. */
export function tenantOf({ team, keyId, credential }: Caller): string {
  if (team !== null) return `team:${team}`;
  if (keyId !== null) return `key:${keyId}`;
  return credential ? `credential:${sha256(credential.reveal())}` : 'nobody';
}

export function batchCaller({ keyId, keyName, team, user, tags }: Caller): BatchCaller {
  return { keyId, keyName, team, user, tags };
}

/** https://developers.openai.com/api/docs/api-reference/files/object */
export function fileObject({ id, bytes, createdAt, expiresAt, filename, purpose }: StoredFile): JsonObject {
  return {
    id,
    object: 'file',
    bytes,
    created_at: seconds(createdAt),
    expires_at: seconds(expiresAt),
    filename,
    purpose,
    status: 'processed',
  };
}

/** https://developers.openai.com/api/docs/api-reference/batch/object */
export function batchObject(batch: Batch): JsonObject {
  const { endedAt, problems, status } = batch;
  const at = (moment: number | null): number | undefined => (moment === null ? undefined : seconds(moment));
  return compact({
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    errors:
      problems.length === 0
        ? undefined
        : { object: 'list', data: problems.map((problem) => ({ ...problem })) },
    input_file_id: batch.inputFileId,
    completion_window: '24h',
    status,
    output_file_id: batch.outputFileId ?? undefined,
    error_file_id: batch.errorFileId ?? undefined,
    created_at: seconds(batch.createdAt),
    in_progress_at: at(batch.startedAt),
    expires_at: seconds(batch.expiresAt),
    completed_at: status === 'completed' ? at(endedAt) : undefined,
    failed_at: status === 'failed' ? at(endedAt) : undefined,
    expired_at: status === 'expired' ? at(endedAt) : undefined,
    cancelling_at: at(batch.cancellingAt),
    cancelled_at: status === 'cancelled' ? at(endedAt) : undefined,
    request_counts: { total: batch.total, completed: batch.completed, failed: batch.failed },
    metadata: batch.metadata,
  });
}

export function listObject(data: readonly JsonObject[], limit: number): JsonObject {
  const shown = data.slice(0, limit);
  return {
    object: 'list',
    data: shown,
    first_id: shown[0]?.['id'] ?? null,
    last_id: shown.at(-1)?.['id'] ?? null,
    has_more: data.length > limit,
  };
}

function seconds(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}
