import type { CallSignal } from './call-signal.ts';
import { CallError } from './errors.ts';

/**
 * The work's result, unless it takes longer.
 * @throws CallError `request_timeout` when it does, `client_aborted` when the client leaves meanwhile
 */
export async function inTime<T>(
  ms: number,
  client: CallSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const waiting = new AbortController();
  let end: (error: CallError) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = (error) => {
      waiting.abort();
      reject(error);
    };
  });
  const left = (): void => end(new CallError('client_aborted', 'Nobody waits for this answer any more.'));
  const timer = setTimeout(
    () => end(new CallError('request_timeout', `it would have taken longer than ${ms} ms`)),
    ms,
  );
  client.addEventListener('abort', left, { once: true });
  if (client.aborted) left();
  try {
    return await Promise.race([work(waiting.signal), ended]);
  } finally {
    clearTimeout(timer);
    client.removeEventListener('abort', left);
  }
}
