import { WIRE_ERROR_CODES, WireError } from './wire-error.ts';

const MOST_TEXT_BYTES = 1024;

/** Payload of REJECT and BYE: u32 code, text. */
export function encodeReason({ code, message }: WireError): Buffer {
  const text = Buffer.from(message, 'utf8').subarray(0, MOST_TEXT_BYTES);
  const payload = Buffer.alloc(4 + text.length);
  payload.writeUInt32LE(WIRE_ERROR_CODES.indexOf(code), 0);
  payload.set(text, 4);
  return payload;
}

export function decodeReason(payload: Buffer): WireError {
  const code = (payload.length >= 4 && WIRE_ERROR_CODES[payload.readUInt32LE(0)]) || 'closed';
  const text = payload.subarray(4, 4 + MOST_TEXT_BYTES).toString('utf8');
  // The other side's words end up in logs and terminals.
  return new WireError(code, `the other side says: ${text.replace(/\p{Cc}/gu, ' ') || 'nothing'}`);
}
