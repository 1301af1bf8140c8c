import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** PEM texts. The same options serve both ends; a client needs `ca` alone. */
export interface TlsOptions {
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Who signs the servers' certificates; without it, the authorities that Node.js knows. */
  readonly ca?: string | Buffer;
  /** Servers ask for a certificate signed by `ca`, too. */
  readonly clientCertificates?: boolean;
  /** False: any host may show any certificate of `ca`; for clusters whose addresses are in no certificate. */
  readonly checkHost?: boolean;
}

const BINDING_BYTES = 32;

/** What both ends of this TLS session, and nobody in between, can compute (RFC 5705); empty without TLS. */
export function channelBinding(socket: Socket): Buffer {
  if (!('exportKeyingMaterial' in socket)) return Buffer.alloc(0);
  return (socket as TLSSocket).exportKeyingMaterial(
    BINDING_BYTES,
    'EXPORTER-infinite-llm-wire',
    Buffer.alloc(0),
  );
}
