import { CallError } from '../../core/errors.ts';

/** How far a request came: nothing sent, sent but not answered, in the middle of the answer. */
export type Progress = 'connecting' | 'sent' | 'answering';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name could not be looked up',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CLOSED: 'the gateway is closing its connections',
  UND_ERR_DESTROYED: 'the gateway is closing its connections',
};

/** A failure of the connection itself as a CallError. */
export function transportError(provider: string, progress: Progress, cause: Error): CallError {
  const code = codeOf(cause);
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return new CallError('upstream_timeout', `${provider} took no connection in time.`, { cause });
  if (cause.name === 'HTTPParserError' || cause.name === 'HeadersOverflowError')
    // The cause holds bytes of the provider's, which are not for logs.
    return new CallError('upstream_garbage', `${provider} sent what is no HTTP answer: ${cause.message}.`);
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED')
    return new CallError('invalid_request', `The request cannot be sent on: ${cause.message}.`, { cause });
  const reason = REASONS[code] ?? (code || 'the connection failed');
  switch (progress) {
    case 'connecting':
      return new CallError('upstream_unavailable', `${provider} could not be reached: ${reason}.`, { cause });
    case 'sent':
      return new CallError('upstream_unavailable', `${provider} did not answer: ${reason}.`, { cause });
    case 'answering':
      return new CallError('upstream_truncated', `${provider} broke off its answer: ${reason}.`, { cause });
  }
}

function codeOf(error: Error): string {
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}
