import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Shows that its side has the secret: HMAC-SHA-256(secret, side ‖ 0 ‖ binding ‖ for each of the client's and the server's
 * HELLO: u32 length ‖ payload). The hellos hold both nonces, so no proof is worth anything in another connection; `side`
 * differs, so none can be sent back; `binding` comes from TLS (RFC 5705), so none can be passed on through another session.
 */
export function proofOf(side: 'client' | 'server', secret: string | null, given: ProofInput): Buffer {
  const hmac = createHmac('sha256', secret ?? '');
  hmac.update(`infinite-llm wire ${side}\0`);
  hmac.update(given.binding);
  for (const hello of [given.clientHello, given.serverHello]) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(hello.length);
    hmac.update(length).update(hello);
  }
  return hmac.digest();
}

export interface ProofInput {
  readonly binding: Uint8Array;
  readonly clientHello: Uint8Array;
  readonly serverHello: Uint8Array;
}

export function isProof(given: Uint8Array, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
