import { malformed } from './wire-error.ts';

/** Far more than any control message takes. */
export const MOST_JSON_BYTES = 1024 ** 2;

export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

/**
 * @param check turns what was parsed into what it should be, or throws; `schema.parse` of zod does
 * @throws WireError `malformed`, which closes the peer when it comes from a frame listener
 */
export function decodeJson<T>(payload: Buffer, check: (value: unknown) => T, maxBytes = MOST_JSON_BYTES): T {
  if (payload.length > maxBytes)
    throw malformed(`a message of ${payload.length} bytes, more than ${maxBytes}`);
  try {
    return check(JSON.parse(payload.toString('utf8')));
  } catch (error) {
    throw malformed(
      `a message that is not as it should be: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
}
