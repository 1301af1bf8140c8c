import type { HeadPart } from '../core/part.ts';
import { formatTarget } from '../core/target.ts';
import type { Trail } from '../core/trail.ts';
import { CALL_ID_HEADER } from './send.ts';

/** Of one connection, about one host, or false once we frame the body ourselves. */
const NOT_RELAYED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'set-cookie',
  'alt-svc',
  'strict-transport-security',
  'date',
  CALL_ID_HEADER,
]);

const NOT_LATIN1 = /[^\u0020-\u00ff]/g;

/** The headers of an answer: the provider's own as far as they are fit to pass on, and what the gateway did. */
export function responseHeaders(
  head: HeadPart,
  relayed: boolean,
  callId: string,
  told: Trail['told'],
): Record<string, string> {
  const headers: Record<string, string> = { [CALL_ID_HEADER]: callId };
  if (relayed)
    for (const name in head.headers) {
      const value = head.headers[name];
      if (value !== undefined && !NOT_RELAYED.has(name)) headers[name] = value;
    }
  headers['x-illm-target'] = headerText(formatTarget(head.target));
  if (head.warnings.length > 0)
    headers['x-illm-warning'] = headerText(head.warnings.join('; ')).slice(0, 4000);
  for (const name in told) headers[name] = headerText(told[name] ?? '');
  return headers;
}

function headerText(text: string): string {
  return text.replace(NOT_LATIN1, '?');
}
