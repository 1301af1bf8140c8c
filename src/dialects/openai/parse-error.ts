import { CallError, type CallErrorOptions, type ErrorCode } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { redactSecrets } from '../../core/redact.ts';

const MOST_MESSAGE_CHARS = 1000;
const CONTEXT =
  /context.?length|context.?window|context.?size|maximum context|maximum model length|too many (input )?tokens|(prompt|input) (is )?too long|too long to fit|tokens \+ .max_new_tokens. must be <=/i;

/**
 * What an OpenAI-style server's error answer means. Understands OpenAI's `{error: {…}}`, the bare
 * `{object: "error", message}` of vLLM, `{detail}` of FastAPI, web pages and nothing at all.
 */
export function parseError(status: number, body: string): CallError {
  return errorOf(status, parsed(body), body);
}

/** The error that a `{error: …}` event within a stream tells. Its code may be an HTTP status. */
export function parseErrorEvent(event: JsonObject): CallError {
  const details = detailsOf(event);
  return errorOf(statusOf(details), event, '');
}

function errorOf(status: number, body: Json | undefined, text: string): CallError {
  const details = detailsOf(body);
  const code = stringOf(details['code']) ?? '';
  const type = stringOf(details['type']) ?? '';
  const said = messageOf(details, body) ?? plainText(text);
  const message = clip(
    redactSecrets(said || `The provider answered with status ${status} and no explanation.`),
  );
  const param = stringOf(details['param']);
  const make = (errorCode: ErrorCode, options: CallErrorOptions = {}): CallError =>
    new CallError(errorCode, message, { ...(param && { param }), ...options });

  if (code === 'insufficient_quota' || type === 'insufficient_quota')
    return make('rate_limited', { retryable: 'other' });
  if (code === 'context_length_exceeded' || (status >= 400 && status < 500 && CONTEXT.test(message + type)))
    return make('context_too_long');
  if (code === 'model_not_found') return make('model_not_found');
  if (status === 401 || status === 402 || status === 403) return make('upstream_unauthorized');
  if (status === 404 && isObject(body) && /model|deployment/i.test(message)) return make('model_not_found');
  if (status === 404 && isObject(body)) return make('not_found');
  if (status === 404) return make('upstream_error', { retryable: 'other' });
  if (status === 408) return make('upstream_timeout');
  if (status === 413) return make('body_too_large');
  if (status === 429) return make('rate_limited');
  if (status >= 500) return make('upstream_error');
  if (status >= 400) return make('invalid_request');
  return make('upstream_garbage');
}

function detailsOf(body: Json | undefined): JsonObject {
  if (!isObject(body)) return {};
  return isObject(body['error']) ? body['error'] : body;
}

function messageOf(details: JsonObject, body: Json | undefined): string | undefined {
  if (isObject(body) && typeof body['error'] === 'string') return body['error'];
  const { message, detail } = details;
  if (typeof message === 'string') return message;
  if (typeof detail === 'string') return detail;
  const found = message ?? detail;
  return found === undefined || found === null ? undefined : JSON.stringify(found);
}

function statusOf(details: JsonObject): number {
  const code = Number(details['code'] ?? details['status']);
  if (code >= 400 && code < 600) return code;
  const kind = `${stringOf(details['type']) ?? ''} ${stringOf(details['code']) ?? ''}`;
  if (/rate_limit|too_many/i.test(kind)) return 429;
  if (/invalid_request|bad_?request|invalid_prompt/i.test(kind)) return 400;
  return 500;
}

function stringOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The words of a web page, or of whatever a proxy in between wrote. */
function plainText(text: string): string {
  return text
    .slice(0, 8 * MOST_MESSAGE_CHARS)
    .replace(/<(script|style)\b[^]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function clip(message: string): string {
  return message.length <= MOST_MESSAGE_CHARS ? message : `${message.slice(0, MOST_MESSAGE_CHARS)}…`;
}
