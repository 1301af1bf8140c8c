/** Whether another try can help: `same` target after a pause, only an `other` target or key, or `never`. */
export type Retryable = 'same' | 'other' | 'never';

/** Every way a call can fail: its HTTP status towards the client, and whether trying again can help. */
export const ERROR_CODES = {
  invalid_request: { status: 400, retryable: 'never' },
  unsupported: { status: 400, retryable: 'never' },
  context_too_long: { status: 400, retryable: 'never' },
  /** No target meets the limits that the call or its alias sets. */
  no_model_fits: { status: 400, retryable: 'never' },
  /** A budget has no room for the call. */
  over_budget: { status: 402, retryable: 'never' },
  unauthenticated: { status: 401, retryable: 'never' },
  forbidden: { status: 403, retryable: 'never' },
  not_found: { status: 404, retryable: 'never' },
  model_not_found: { status: 404, retryable: 'never' },
  request_timeout: { status: 408, retryable: 'never' },
  body_too_large: { status: 413, retryable: 'never' },
  rate_limited: { status: 429, retryable: 'same' },
  client_aborted: { status: 499, retryable: 'never' },
  internal: { status: 500, retryable: 'never' },
  /** The provider refused our credential: another key or target may do. */
  upstream_unauthorized: { status: 502, retryable: 'other' },
  /** The provider answered with a 5xx. */
  upstream_error: { status: 502, retryable: 'same' },
  /** The provider's answer was no valid answer of its API. */
  upstream_garbage: { status: 502, retryable: 'other' },
  /** The provider's answer ended before its finish. */
  upstream_truncated: { status: 502, retryable: 'same' },
  /** The provider could not be reached, or all its targets are cooling down. */
  upstream_unavailable: { status: 503, retryable: 'same' },
  /** The gateway cannot record the call, or is shutting down. */
  not_ready: { status: 503, retryable: 'never' },
  upstream_timeout: { status: 504, retryable: 'same' },
} as const satisfies Record<string, { status: number; retryable: Retryable }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A provider's own error answer, kept so that a client of the same dialect gets it byte for byte. */
export interface WireError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface CallErrorOptions {
  /** Overrides the code's usual status. */
  readonly status?: number;
  readonly retryable?: Retryable;
  /** How long the provider asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The request field at fault, in the client's own words: `messages[2].content`. */
  readonly param?: string;
  readonly wire?: WireError;
  /** True when the relayed bytes already told the client of this error. */
  readonly told?: boolean;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('infinite-llm.CallError');

/** The one error that crosses rooms. Its message is shown to clients: it says what, where and what to do. */
export class CallError extends Error {
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: Retryable;
  readonly retryAfterMs: number | undefined;
  readonly param: string | undefined;
  readonly wire: WireError | undefined;
  readonly told: boolean;

  constructor(code: ErrorCode, message: string, options: CallErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CallError';
    this.code = code;
    this.status = options.status ?? ERROR_CODES[code].status;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.param = options.param;
    this.wire = options.wire;
    this.told = options.told ?? false;
  }
}

/** A copy of the error with some of it changed. */
export function amended(
  error: CallError,
  change: CallErrorOptions & { readonly message?: string },
): CallError {
  const { status, retryable, retryAfterMs, param, wire, told, cause } = error;
  return new CallError(error.code, change.message ?? error.message, {
    status,
    retryable,
    told,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(param !== undefined && { param }),
    ...(wire !== undefined && { wire }),
    ...(cause !== undefined && { cause }),
    ...change,
  });
}

export function isCallError(error: unknown): error is CallError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** Any thrown value as a CallError. What was not meant for clients is hidden behind a general sentence. */
export function asCallError(error: unknown): CallError {
  if (isCallError(error)) return error;
  return new CallError('internal', 'The gateway failed on this call; its log says why.', { cause: error });
}
