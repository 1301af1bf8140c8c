import type { Batch } from '../../core/batch.ts';
import type { Call } from '../../core/call.ts';
import type { Dialect, Route } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { Trail } from '../../core/trail.ts';
import { DIALECTS } from '../../dialects/index.ts';
import { openCall } from '../open-call.ts';

const NO_QUERY = new URLSearchParams();

/** Which dialect and operation an endpoint of batches is. */
export function endpointOf(endpoint: string): { readonly dialect: Dialect; readonly route: Route } {
  for (const dialect of DIALECTS) {
    const route = dialect.route('POST', endpoint, NO_QUERY);
    if (route) return { dialect, route };
  }
  throw new CallError('internal', `No dialect has the endpoint ${endpoint}.`);
}

/** The call that one line of a batch asks for. @throws CallError where it is no request of its endpoint */
export function itemCall(
  { settings, clock }: { readonly settings: () => Settings; readonly clock: Clock },
  batch: Pick<Batch, 'id' | 'caller' | 'endpoint'>,
  request: string,
  named: { readonly id: string; readonly receivedAt: number; readonly signal: AbortSignal },
): Call {
  const { dialect, route } = endpointOf(batch.endpoint);
  const line = { method: 'POST', url: batch.endpoint, headers: { 'content-type': 'application/json' } };
  const opening = {
    ...named,
    settings: settings(),
    caller: { ...batch.caller, session: null, traceparent: null, credential: null },
    trail: new Trail(() => clock.ticks()),
  };
  const { call } = openCall(opening, line, Buffer.from(request), dialect, route, null);
  const { caller } = call;
  return {
    ...call,
    stream: false,
    // The calls of a batch are found by its id.
    caller: { ...caller, session: batch.id, tags: { ...caller.tags, 'illm-purpose': 'batch' } },
  };
}
