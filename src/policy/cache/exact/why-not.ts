import type { Call } from '../../../core/call.ts';
import type { CacheControl } from './control.ts';
import { statefulField } from './request-fields.ts';

/** Why the cache has no part in a call, or null. */
export function whyNot(call: Call, control: CacheControl): string | null {
  if (control.noStore) return 'the client asked for it (no-store)';
  if (!call.body) return 'its body was not read';
  const stateful = statefulField(call.body);
  if (stateful !== null) return `its field ${stateful} does more than ask`;
  if (call.operation === 'embed' || call.plan.cache.exact.nondeterministic) return null;
  const temperature = temperatureOf(call);
  if (temperature === 0) return null;
  return temperature === undefined
    ? 'it sets no temperature, so each answer differs (cache.exact.nondeterministic)'
    : `with temperature ${temperature} each answer differs (cache.exact.nondeterministic)`;
}

function temperatureOf(call: Call): number | undefined {
  try {
    return call.prompt().sampling.temperature;
  } catch {
    // What is no request for us may be one for its provider, who is to say so.
    return undefined;
  }
}
