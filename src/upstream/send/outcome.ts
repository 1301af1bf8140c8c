import type { CallError } from '../../core/errors.ts';
import type { Outcome } from '../breaker/breaker.ts';

/** What a failed request says of the health of its target. */
export function outcomeOf(error: CallError): Outcome {
  switch (error.code) {
    case 'upstream_error':
    case 'upstream_garbage':
    case 'upstream_truncated':
    case 'upstream_unavailable':
    case 'upstream_timeout':
      return 'failure';
    case 'client_aborted':
    case 'model_not_found':
    case 'not_found':
    case 'not_ready':
    case 'no_model_fits':
    case 'over_budget':
    case 'internal':
      return 'unknown';
    // It answers, if not as wished.
    case 'invalid_request':
    case 'unsupported':
    case 'context_too_long':
    case 'unauthenticated':
    case 'forbidden':
    case 'request_timeout':
    case 'body_too_large':
    case 'rate_limited':
    case 'upstream_unauthorized':
      return 'success';
  }
}
