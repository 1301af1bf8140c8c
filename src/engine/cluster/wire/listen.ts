import type { Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { shakeHands } from './handshake.ts';
import type { Hello } from './hello.ts';
import { assertSecretFor } from './secret.ts';
import type { Limits, Peer } from './peer.ts';
import { CONTROL_LIMITS, DATA_LIMITS } from './peer.ts';
import type { TlsOptions } from './tls.ts';
import type { WireError } from './wire-error.ts';
import { asWireError } from './wire-error.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly hello: Hello;
  /** Must not throw; sets the peer's listeners. */
  readonly onPeer: (peer: Peer) => void;
  /** A connection that ended before it had proved itself. */
  readonly onRefused?: (remote: string, why: WireError) => void;
  readonly limits?: Limits;
  /** Connections that have not proved themselves; over it the oldest of them goes. */
  readonly maxStrangers?: number;
  readonly maxPeers?: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly peers: ReadonlySet<Peer>;
  /** Closes the port and every peer. */
  close(): Promise<void>;
}

/** @throws WireError when the address cannot be listened on, or must not be without a secret */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { secret, tls, hello, maxStrangers = 64, maxPeers = 1024 } = options;
  const limits = options.limits ?? (hello.role === 'control' ? CONTROL_LIMITS : DATA_LIMITS);
  assertSecretFor(options.host, secret);
  const peers = new Set<Peer>();
  const strangers = new Map<string, Socket>();

  /** Counts a connection from its first moment, before TLS. */
  function meet(socket: Socket): boolean {
    socket.on('error', ignore);
    if (peers.size >= maxPeers) {
      socket.destroy();
      return false;
    }
    const place = placeOf(socket);
    strangers.set(place, socket);
    socket.once('close', () => strangers.delete(place));
    // The oldest: an honest one is through in milliseconds, so a flood of silent ones cannot keep it out.
    for (const [place, oldest] of strangers) {
      if (strangers.size <= maxStrangers) break;
      strangers.delete(place);
      oldest.destroy();
    }
    return true;
  }

  function greet(socket: Socket): void {
    const place = placeOf(socket);
    const timeoutMs = limits.handshakeTimeoutMs;
    shakeHands('server', socket, { hello, secret, limits, timeoutMs }).then(
      (peer) => {
        strangers.delete(place);
        peers.add(peer);
        peer.onClose(() => peers.delete(peer));
        options.onPeer(peer);
      },
      (error: unknown) => options.onRefused?.(place, asWireError(error)),
    );
  }

  const server = tls ? createTlsServer(serverTls(tls, limits)) : createTcpServer();
  if (tls) {
    server.on('connection', meet);
    server.on('secureConnection', greet);
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      options.onRefused?.(placeOf(socket), asWireError(error));
      socket.destroy();
    });
  } else {
    server.on('connection', (socket: Socket) => {
      if (meet(socket)) greet(socket);
    });
  }
  const port = await startListening(server, options.host, options.port);
  server.on('error', ignore);

  return {
    host: options.host,
    port,
    peers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const peer of peers) peer.close('closed', 'this side stops');
        for (const socket of strangers.values()) socket.destroy();
      }),
  };
}

function startListening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(asWireError(error)));
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function serverTls({ cert, key, ca, clientCertificates = false }: TlsOptions, limits: Limits): object {
  return {
    cert,
    key,
    ca,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeTimeoutMs,
    requestCert: clientCertificates,
    rejectUnauthorized: clientCertificates,
  };
}

/** Tells a TLS socket's plain one, too. */
function placeOf(socket: Socket): string {
  return `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`;
}

function ignore(): void {}
