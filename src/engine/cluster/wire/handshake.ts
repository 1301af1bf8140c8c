import type { Socket } from 'node:net';
import { Deadline } from './deadline.ts';
import type { Hello, SentHello } from './hello.ts';
import { assertFits, decodeHello, encodeHello } from './hello.ts';
import type { Inlet } from './inlet.ts';
import { FRAME, VERSIONS } from './layout.ts';
import { Link } from './link.ts';
import type { Limits, Peer } from './peer.ts';
import { isProof, proofOf } from './proof.ts';
import { decodeReason } from './reason.ts';
import { channelBinding } from './tls.ts';
import { asWireError, malformed, WireError } from './wire-error.ts';

export interface HandshakeOptions {
  readonly hello: Hello;
  readonly secret: string | null;
  readonly limits: Limits;
  readonly timeoutMs: number;
  /** Where the socket's bytes come from, when it emits none. */
  readonly inlet?: Inlet | null;
}

/**
 * Exchanges hellos and proofs over a connected socket (after TLS's own handshake).
 * @throws WireError the socket is closed, and the other side was told why
 */
export function shakeHands(
  side: 'client' | 'server',
  socket: Socket,
  options: HandshakeOptions,
): Promise<Peer> {
  const { secret, limits } = options;
  const link = new Link(socket, limits);
  if (options.inlet) link.receiveFrom(options.inlet);
  const ownHello = encodeHello(options.hello, limits.maxPayloadBytes, secret !== null);
  return new Promise((resolve, reject) => {
    let theirs: SentHello | null = null;
    let hellos = { clientHello: ownHello, serverHello: ownHello };

    const deadline = new Deadline(
      options.timeoutMs,
      () => link.bytesReceived,
      () => refuse(new WireError('timeout', `no handshake within ${options.timeoutMs} ms`)),
    );
    link.onClose((why) => {
      deadline.stop();
      reject(why);
    });
    deadline.arm();

    const refuse = (error: unknown): void => link.closeWith(FRAME.REJECT, asWireError(error));
    const prove = (as: 'client' | 'server'): Buffer =>
      proofOf(as, secret, { binding: channelBinding(socket), ...hellos });

    const take = (type: number, payload: Buffer): void => {
      if (type === FRAME.REJECT || type === FRAME.BYE) return link.lose(decodeReason(payload));
      if (!theirs) {
        if (type !== FRAME.HELLO) throw malformed('a connection starts with a hello');
        theirs = decodeHello(payload);
        if (side === 'client') hellos = { ...hellos, serverHello: payload };
        else hellos = { ...hellos, clientHello: payload };
        assertSameAuthentication(secret !== null, theirs.hasSecret);
        if (side === 'server') link.send(FRAME.HELLO, ownHello);
        else link.send(FRAME.PROOF, prove('client'));
        return;
      }
      if (type !== FRAME.PROOF) throw malformed('a proof must follow the hello');
      if (!isProof(payload, prove(side === 'client' ? 'server' : 'client')))
        throw new WireError('secret', 'the shared secret is not the same on both sides');
      if (side === 'server') {
        assertFits(options.hello, theirs.hello, theirs.blockTokens);
        link.send(FRAME.PROOF, prove('server'));
      }
      deadline.stop();
      link.holdFrames();
      link.open(Math.min(VERSIONS.highest, theirs.highestVersion), theirs.maxPayloadBytes);
      resolve(asPeer(link, theirs.hello));
    };

    link.onFrame((type, payload) => {
      try {
        take(type, payload);
      } catch (error) {
        refuse(error);
      }
    });
    if (side === 'client') link.send(FRAME.HELLO, ownHello);
  });
}

function assertSameAuthentication(here: boolean, there: boolean): void {
  if (here === there) return;
  throw new WireError(
    'secret',
    'one side has a shared secret (INFINITE_LLM_ENGINE_SECRET) and the other has none',
  );
}

function asPeer(link: Link, hello: Hello): Peer {
  return Object.assign(link, { hello });
}
