import { hash } from 'node:crypto';
import type { OutputLine } from '../../core/batch.ts';
import type { Json } from '../../core/json.ts';

/** A line of an output or error file, as OpenAI writes them, without its end. */
export function outputLine({ id, customId, response, error }: OutputLine): string {
  return JSON.stringify({
    id,
    custom_id: customId,
    response: response && {
      status_code: response.status,
      request_id: response.requestId,
      body: response.body,
    },
    error,
  });
}

export function answeredLine(
  item: ItemName,
  response: { readonly status: number; readonly requestId: string; readonly body: Json },
): string {
  return outputLine({ id: requestId(item), customId: item.customId, response, error: null });
}

export function unansweredLine(
  item: ItemName,
  error: { readonly code: string; readonly message: string },
): string {
  return outputLine({ id: requestId(item), customId: item.customId, response: null, error });
}

export interface ItemName {
  readonly batchId: string;
  readonly line: number;
  readonly customId: string | null;
}

function requestId({ batchId, line }: ItemName): string {
  return `batch_req_${hash('sha256', `${batchId}:${line}`).slice(0, 32)}`;
}

export const EXPIRED = {
  code: 'batch_expired',
  message: 'This request could not be executed before the completion window expired.',
} as const;

export const CANCELLED = {
  code: 'batch_cancelled',
  message: 'This request was not executed, as its batch was cancelled.',
} as const;
