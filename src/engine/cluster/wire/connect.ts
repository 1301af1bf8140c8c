import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Deadline } from './deadline.ts';
import { shakeHands } from './handshake.ts';
import type { Hello } from './hello.ts';
import { type Inlet, newInlet } from './inlet.ts';
import { assertSecretFor } from './secret.ts';
import type { Limits, Peer } from './peer.ts';
import { CONTROL_LIMITS, DATA_LIMITS } from './peer.ts';
import type { TlsOptions } from './tls.ts';
import { asWireError, WireError } from './wire-error.ts';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly hello: Hello;
  /** To connect, and again for the handshake. */
  readonly timeoutMs: number;
  readonly limits?: Limits;
}

/** @throws WireError when nobody answers, or the two do not fit */
export async function connect(options: ConnectOptions): Promise<Peer> {
  const { host, secret, hello, timeoutMs } = options;
  const limits = options.limits ?? (hello.role === 'control' ? CONTROL_LIMITS : DATA_LIMITS);
  assertSecretFor(host, secret);
  const inlet = hello.role === 'data' && !options.tls ? newInlet() : null;
  const socket = await openSocket(options, inlet);
  return shakeHands('client', socket, { hello, secret, limits, timeoutMs, inlet });
}

function openSocket({ host, port, tls, timeoutMs }: ConnectOptions, inlet: Inlet | null): Promise<Socket> {
  const where = `${host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({ host, port, ...clientTls(tls) })
      : connectTcp({ host, port, ...(inlet && { onread: inlet.onread }) });
    const fail = (error: WireError): void => {
      deadline.stop();
      socket.destroy();
      reject(error);
    };
    const deadline = new Deadline(
      timeoutMs,
      () => socket.bytesRead,
      () => fail(new WireError('timeout', `${where} does not answer within ${timeoutMs} ms`)),
    );
    deadline.arm();
    const onError = (error: Error): void =>
      fail(new WireError('closed', `${where}: ${asWireError(error).message}`, { cause: error }));
    const onClose = (): void => fail(new WireError('closed', `${where} closed the connection`));
    socket.once('error', onError).once('close', onClose);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      deadline.stop();
      socket.off('error', onError).off('close', onClose);
      resolve(socket);
    });
  });
}

function clientTls({ cert, key, ca, checkHost = true }: TlsOptions): object {
  // undefined: no complaint about the host's name.
  return {
    cert,
    key,
    ca,
    minVersion: 'TLSv1.2',
    ...(!checkHost && { checkServerIdentity: () => undefined }),
  };
}
