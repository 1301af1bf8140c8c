import type { CallRecord } from '../../core/record.ts';
import type { Savings } from '../../core/savings.ts';
import { USAGE_KINDS, type Usage, type UsageKind } from '../../core/usage.ts';

/** A call record without nesting, and what follows from it: one field a column of `illm.calls`. */
export type FlatCall = Omit<CallRecord, 'target' | 'usage'> &
  Usage & {
    readonly provider: string | null;
    readonly model: string | null;
    /** Of the decisions, by lever; null where none has any. */
    readonly savings: Savings | null;
  };

export type Field = keyof FlatCall;

interface Column {
  readonly column: string;
  /** SQL type. */
  readonly type: string;
}

/** Where each field is stored. The column `tx` is missing: the database fills it in. */
export const FIELDS: Readonly<Record<Field, Column>> = {
  id: { column: 'id', type: 'uuid' },
  startedAt: { column: 'started_at', type: 'timestamptz' },
  status: { column: 'status', type: 'text' },
  httpStatus: { column: 'http_status', type: 'integer' },
  errorCode: { column: 'error_code', type: 'text' },
  errorMessage: { column: 'error_message', type: 'text' },
  dialect: { column: 'dialect', type: 'text' },
  operation: { column: 'operation', type: 'text' },
  stream: { column: 'stream', type: 'boolean' },
  requestedModel: { column: 'requested_model', type: 'text' },
  provider: { column: 'provider', type: 'text' },
  model: { column: 'model', type: 'text' },
  servedModel: { column: 'served_model', type: 'text' },
  attempts: { column: 'attempts', type: 'integer' },
  finishReason: { column: 'finish_reason', type: 'text' },
  keyId: { column: 'key_id', type: 'text' },
  keyName: { column: 'key_name', type: 'text' },
  team: { column: 'team', type: 'text' },
  user: { column: 'user_name', type: 'text' },
  session: { column: 'session', type: 'text' },
  traceId: { column: 'trace_id', type: 'text' },
  tags: { column: 'tags', type: 'jsonb' },
  input: { column: 'input', type: 'bigint' },
  cacheRead: { column: 'cache_read', type: 'bigint' },
  cacheWrite5m: { column: 'cache_write_5m', type: 'bigint' },
  cacheWrite1h: { column: 'cache_write_1h', type: 'bigint' },
  output: { column: 'output', type: 'bigint' },
  reasoning: { column: 'reasoning', type: 'bigint' },
  inputAudio: { column: 'input_audio', type: 'bigint' },
  inputImage: { column: 'input_image', type: 'bigint' },
  cacheReadAudio: { column: 'cache_read_audio', type: 'bigint' },
  outputAudio: { column: 'output_audio', type: 'bigint' },
  outputImage: { column: 'output_image', type: 'bigint' },
  webSearches: { column: 'web_searches', type: 'bigint' },
  fileSearches: { column: 'file_searches', type: 'bigint' },
  usageSource: { column: 'usage_source', type: 'text' },
  serviceTier: { column: 'service_tier', type: 'text' },
  costUsd: { column: 'cost_usd', type: 'numeric' },
  unpriced: { column: 'unpriced', type: 'boolean' },
  unpricedReason: { column: 'unpriced_reason', type: 'text' },
  costParts: { column: 'cost_parts', type: 'json' },
  priceVersion: { column: 'price_version', type: 'text' },
  ttftMs: { column: 'ttft_ms', type: 'double precision' },
  totalMs: { column: 'total_ms', type: 'double precision' },
  overheadMs: { column: 'overhead_ms', type: 'double precision' },
  warnings: { column: 'warnings', type: 'json' },
  decisions: { column: 'decisions', type: 'json' },
  savings: { column: 'savings', type: 'jsonb' },
  requestBody: { column: 'request_body', type: 'text' },
  responseBody: { column: 'response_body', type: 'text' },
};

export const FIELD_NAMES = Object.keys(FIELDS) as readonly Field[];

/** The usage kinds with their columns, which the rollups have too. */
export const USAGE_FIELDS: readonly { readonly kind: UsageKind; readonly column: string }[] = USAGE_KINDS.map(
  (kind) => ({ kind, column: FIELDS[kind].column }),
);

/** What a SELECT lists so that its rows are FlatCalls, for the fields named. */
export function selectList(fields: readonly Field[]): string {
  return fields.map((field) => `${FIELDS[field].column} as "${field}"`).join(', ');
}

/** Of a stored call, as `tellsLatency` of core/record.ts has it. */
export const TELLS_LATENCY = `service_tier is distinct from 'batch'`;
