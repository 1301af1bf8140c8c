import { answerOf } from '../core/answer.ts';
import type { Call } from '../core/call.ts';
import { redactSecrets } from '../core/redact.ts';
import type { StoreSettings } from '../core/settings.ts';
import type { Meter } from './meter.ts';

const MOST_STORED_CHARACTERS = 256 * 1024;

/** Request and response text for the ledger: nothing unless the user asked for it, and then redacted by their rules. */
export function storedBodies(
  store: StoreSettings,
  call: Call,
  meter: Meter,
): { readonly requestBody: string | null; readonly responseBody: string | null } {
  if (!store.bodies) return { requestBody: null, responseBody: null };
  return {
    requestBody: stored(Buffer.from(call.wire.body).toString('utf8'), store.redact),
    responseBody: stored(responseText(meter), store.redact),
  };
}

function responseText(meter: Meter): string {
  const chunks = meter.seen.flatMap((part) => (part.type === 'wire' ? part.chunks : []));
  if (chunks.length > 0) return Buffer.concat(chunks).toString('utf8');
  return JSON.stringify(answerOf(meter.seen).content);
}

function stored(text: string, rules: readonly RegExp[]): string {
  const redacted = rules.reduce((left, rule) => left.replace(rule, '[redacted]'), redactSecrets(text));
  // PostgreSQL's text cannot hold NUL, and half a surrogate pair is no JSON.
  const clean = redacted.replaceAll('\u0000', '\uFFFD').toWellFormed();
  return clean.length <= MOST_STORED_CHARACTERS
    ? clean
    : `${clean.slice(0, MOST_STORED_CHARACTERS)}… (${clean.length} characters in all)`;
}
