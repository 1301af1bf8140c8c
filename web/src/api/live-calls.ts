import { type Params, ApiError, apiPath, send } from './request.ts';
import { readEvents } from './sse.ts';
import type { CallView } from './types.ts';

export type LiveState = 'connecting' | 'live' | 'lost';

interface LiveListener {
  onCall(call: CallView): void;
  onState(state: LiveState): void;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

/** Follows finished calls until the signal aborts; a lost connection is taken up again. */
export async function followCalls(
  params: Params,
  listener: LiveListener,
  signal: AbortSignal,
): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    listener.onState('connecting');
    try {
      const response = await send(apiPath('/calls/stream', params), { accept: 'text/event-stream', signal });
      listener.onState('live');
      retryMs = FIRST_RETRY_MS;
      if (response.body)
        for await (const { event, data } of readEvents(response.body))
          if (event === 'call') listener.onCall(JSON.parse(data) as CallView);
    } catch (error) {
      // A refusal would only be repeated: whoever sets a new key starts anew.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
        listener.onState('lost');
        return;
      }
    }
    if (signal.aborted) return;
    listener.onState('lost');
    await pause(retryMs, signal);
    retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
