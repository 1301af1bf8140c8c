import { EngineError, type EngineErrorCode } from '../ports.ts';

/** A refusal or failure as OpenAI's API tells it. Its message is shown to clients. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  /** The request's field at fault. */
  readonly param: string | null;

  constructor(
    status: number,
    code: string | null,
    message: string,
    options: { readonly param?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.status = status;
    this.type = status < 500 ? 'invalid_request_error' : 'server_error';
    this.code = code;
    this.param = options.param ?? null;
  }
}

/** A request that can not be served as it is. @param param in the client's words, such as `messages[2].content` */
export function badRequest(param: string, message: string): ApiError {
  return new ApiError(400, 'invalid_value', message, { param });
}

export function unsupported(param: string, message: string): ApiError {
  return new ApiError(400, 'unsupported_parameter', message, { param });
}

const OF_ENGINE: Readonly<
  Record<EngineErrorCode, { readonly status: number; readonly code: string | null }>
> = {
  too_long: { status: 400, code: 'context_length_exceeded' },
  bad_request: { status: 400, code: null },
  no_memory: { status: 503, code: 'insufficient_kv_memory' },
  failed: { status: 500, code: 'engine_failed' },
};

/** Any thrown value as an answer. What was not meant for clients is hidden behind a general sentence. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof EngineError) {
    const { status, code } = OF_ENGINE[error.code];
    return new ApiError(status, code, error.message, { cause: error });
  }
  return new ApiError(500, 'internal', 'The engine failed on this request; its log says why.', {
    cause: error,
  });
}

type Told = Pick<ApiError, 'message' | 'type' | 'code' | 'param'>;

/** `{"error": {…}}` */
export function errorBody({ message, type, code, param }: Told): object {
  return { error: { message, type, param, code } };
}
