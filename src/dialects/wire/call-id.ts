import { randomBytes } from 'node:crypto';

/** An id for a tool call whose provider gave it none. Fits the pattern of every provider that checks ids. */
export function madeCallId(): string {
  return `call_${randomBytes(12).toString('hex')}`;
}
