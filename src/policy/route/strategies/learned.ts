import { abortSignalOf } from '../../../core/call-signal.ts';
import type { Strategy } from '../candidate.ts';

/** By a model that was trained on paired outcomes: the cheapest from which no dearer one is expected to be much better. */
export const learned: Strategy = ({ call, candidates, router, settings }) => {
  if (!router || !settings.learned || call.operation !== 'generate')
    return { order: candidates, why: 'there is no learned router for this call' };
  return router.order(call.prompt(), candidates, settings.learned, abortSignalOf(call.signal));
};
