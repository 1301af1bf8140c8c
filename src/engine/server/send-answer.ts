import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AnswerWriter } from './answer.ts';
import { asApiError, errorBody } from './api-error.ts';
import type { ChoiceEvent } from './run-choices.ts';
import type { UsageCount } from './usage.ts';

export interface Sending {
  readonly res: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  readonly writer: AnswerWriter;
  readonly usage: UsageCount;
}

const QUIET_MS = 15_000;

/** One JSON object, when all answers are there. @throws whatever the events throw */
export async function sendWhole(events: AsyncIterable<ChoiceEvent>, sending: Sending): Promise<void> {
  const { res, headers, writer, usage } = sending;
  for await (const event of events) {
    writer.add(event);
    usage.add(event);
  }
  sendJson(res, 200, writer.whole(usage.usage()), headers);
}

/**
 * Server-sent events. What fails before the first event is thrown, so that it is answered with its own status; what fails
 * later is an event of its own, and the stream ends without `[DONE]`.
 */
export async function sendStream(
  events: AsyncGenerator<ChoiceEvent, void, void>,
  sending: Sending & { readonly includeUsage: boolean },
): Promise<void> {
  const { res, headers, writer, usage, includeUsage } = sending;
  const begin = (): void => {
    if (!res.headersSent)
      res.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
  };
  // A long prefill is silent for minutes; comments tell proxies and clients that the answer still comes.
  const quiet = setInterval(() => {
    begin();
    res.write(': working\n\n');
  }, QUIET_MS);
  try {
    for await (const event of events) {
      usage.add(event);
      const objects = writer.chunks(event);
      if (objects.length === 0) continue;
      begin();
      quiet.refresh();
      if (!res.write(objects.map(toEvent).join('')) && !res.destroyed) await drained(res);
    }
    begin();
    res.end(`${includeUsage ? toEvent(writer.usageChunk(usage.usage())) : ''}data: [DONE]\n\n`);
  } catch (error) {
    if (!res.headersSent || res.destroyed) throw error;
    res.end(toEvent(errorBody(asApiError(error))));
    throw error;
  } finally {
    clearInterval(quiet);
  }
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  res.end(text);
}

function toEvent(object: object): string {
  return `data: ${JSON.stringify(object)}\n\n`;
}

async function drained(res: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const { signal } = gone;
  await Promise.race([once(res, 'drain', { signal }), once(res, 'close', { signal })]).finally(() =>
    gone.abort(),
  );
}
