import type { Framing } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { ResponseHead } from './answer-reader.ts';

const STREAM_TYPES: Readonly<Record<Framing, string>> = {
  sse: 'text/event-stream',
  'json-array': 'application/json',
};

/**
 * What a successful answer holds, by its content type; an answer without one is taken for what was asked.
 * @param framing of the stream that was asked for, null when a whole answer was
 * @throws CallError `upstream_garbage` for anything that is no answer to this request
 */
export function answerShape(
  provider: string,
  head: ResponseHead,
  framing: Framing | null,
): 'stream' | 'whole' {
  const { status, headers } = head;
  if (status >= 300)
    throw new CallError(
      'upstream_garbage',
      `${provider} redirects (HTTP ${status}), which is not followed. Set its "baseUrl" to where it really is.`,
    );
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new CallError(
      'upstream_garbage',
      `${provider} answered in the encoding ${encoding}, which was not asked for.`,
    );
  const type = mediaType(headers);
  if (framing !== null && (type === '' || type === STREAM_TYPES[framing])) return 'stream';
  if (type === '' || type === 'application/json' || type.endsWith('+json')) return 'whole';
  throw new CallError(
    'upstream_garbage',
    `${provider} answered with ${type} where ${framing === null ? 'JSON' : STREAM_TYPES[framing]} was expected. Is its "baseUrl" right?`,
  );
}

/** Without parameters, in lower case; empty when there is none. */
export function mediaType(headers: Readonly<Record<string, string>>): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
