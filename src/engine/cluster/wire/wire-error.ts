import { messageOf } from '../../../core/message-of.ts';

/** In the order of their numbers on the wire: add only at the end. */
export const WIRE_ERROR_CODES = [
  'closed',
  'malformed',
  'version',
  'secret',
  'mismatch',
  'timeout',
  'too_slow',
  'refused',
  'failed',
] as const;

/**
 * Why a connection ended: `closed` on purpose or by the network; `malformed` bytes; no common `version`; `secret` wrong or
 * missing; `mismatch` of role or KV shape; `timeout`; `too_slow` to read what is sent; `refused` what it asked for;
 * `failed` in the work for it.
 */
export type WireErrorCode = (typeof WIRE_ERROR_CODES)[number];

export class WireError extends Error {
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WireError';
    this.code = code;
  }
}

export function malformed(message: string): WireError {
  return new WireError('malformed', message);
}

/** What went wrong, as something to close a peer with. */
export function asWireError(error: unknown): WireError {
  if (error instanceof WireError) return error;
  return new WireError('failed', messageOf(error), { cause: error });
}
