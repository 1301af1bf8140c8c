import type { Call } from '../../core/call.ts';
import { CallError } from '../../core/errors.ts';
import { rawAnswer } from '../answer/raw-answer.ts';
import { pathBelow } from '../http/base-url.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from './plan.ts';
import { passedQuery } from './query.ts';

/** RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const NOT_PASSED = new Set(['CONNECT', 'TRACE']);

/** A request to any endpoint of the provider: method, path, query and body as they came, with our credential. */
export function rawPlan(at: ProviderContext, call: Call): Plan {
  const { method, url, headers, body } = call.wire;
  const [dialect] = at.dialects;
  if (!dialect || NOT_PASSED.has(method))
    throw new CallError('invalid_request', `${method} cannot be passed on to ${at.name}.`);
  const [path = ''] = url.split('?', 1);
  return {
    method,
    path: pathBelow(at.base, path + passedQuery(url, at.kind.credentialQuery)),
    body: body.length > 0 ? body : null,
    clientHeaders: headers,
    defaultHeaders: at.kind.defaultHeaders,
    dialect,
    relaysErrors: true,
    repeatable: IDEMPOTENT.has(method),
    warnings: [],
    read: (head, sink) => rawAnswer(head, sink, method === 'POST'),
  };
}
