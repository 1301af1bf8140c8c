import type { KvShape } from '../../ports.ts';
import {
  connect,
  CONTROL_TYPES,
  decodeJson,
  encodeJson,
  type Hello,
  type Listener,
  listen,
  type Peer,
  type TlsOptions,
  WireError,
} from '../wire/index.ts';
import { checkIntro, checkMessage, wireMessage } from './codec.ts';
import type { ControlAddress, InstanceId, Intro, Message } from './messages.ts';

const INTRO = CONTROL_TYPES;
const MESSAGE = CONTROL_TYPES + 1;
const CONNECT_MS = 5_000;

export interface ConnectionsOptions {
  readonly instance: InstanceId;
  readonly kv: KvShape | null;
  readonly model: string | null;
  readonly listen: ControlAddress;
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly intro: () => Intro;
  readonly onConnected: (intro: Intro) => void;
  readonly onDisconnected: (instance: InstanceId) => void;
  readonly onMessage: (from: InstanceId, message: Message) => void;
  /** Someone could not be talked to; for the log. */
  readonly onProblem: (problem: string) => void;
}

export interface ControlBytes {
  readonly sent: number;
  readonly received: number;
  /** Of `sent`, pulses and the gManager's heartbeats. */
  readonly heartbeats: number;
}

/** The control plane's sockets: any number of connections to each peer, all alike. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<InstanceId, Set<Peer>>();
  #listener: Listener | null = null;
  #closed = false;
  #sent = 0;
  #received = 0;
  #heartbeats = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** @returns the port; @throws WireError when it cannot be listened on */
  async listen(): Promise<number> {
    const { listen: where, secret, tls, onProblem } = this.#options;
    this.#listener = await listen({
      ...where,
      secret,
      tls,
      hello: this.#hello(),
      onPeer: (peer) => {
        // Why it ended is told as a problem.
        this.#greet(peer, null).catch(() => {});
      },
      onRefused: (remote, why) => onProblem(`${remote} was not let in: ${why.message}`),
    });
    return this.#listener.port;
  }

  get bytes(): ControlBytes {
    return { sent: this.#sent, received: this.#received, heartbeats: this.#heartbeats };
  }

  /**
   * Resolves once the other side has said who it is.
   * @throws WireError why it did not work
   */
  async dial(address: ControlAddress): Promise<Peer> {
    const { secret, tls } = this.#options;
    const peer = await connect({ ...address, secret, tls, hello: this.#hello(), timeoutMs: CONNECT_MS });
    if (this.#closed) peer.close();
    await this.#greet(peer, address.host);
    return peer;
  }

  send(to: InstanceId, message: Message): void {
    for (const peer of this.#open.get(to) ?? []) {
      if (peer.closed) continue;
      const payload = encodeJson(wireMessage(message));
      this.#sent += payload.length;
      if (message.type === 'pulse' || message.type === 'state') this.#heartbeats += payload.length;
      peer.send(MESSAGE, payload);
      return;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const peers of this.#open.values()) for (const peer of peers) peer.close();
    await this.#listener?.close();
  }

  #hello(): Hello {
    const { instance, kv } = this.#options;
    return { role: 'control', instance, shard: null, kv };
  }

  /** @param dialled the host that it was reached at */
  #greet(peer: Peer, dialled: string | null): Promise<void> {
    peer.send(INTRO, encodeJson(this.#options.intro()));
    return new Promise((resolve, reject) => {
      let other: Intro | null = null;
      const deadline = setTimeout(() => peer.close('timeout', 'no introduction came'), CONNECT_MS);
      peer.onFrame((type, payload) => {
        this.#received += payload.length;
        if (type === INTRO && !other) {
          clearTimeout(deadline);
          other = this.#accept(
            peer,
            reachable(decodeJson(payload, checkIntro), dialled ?? hostOf(peer.remote)),
          );
          resolve();
        } else if (type === MESSAGE && other) {
          const message = decodeJson(payload, checkMessage);
          this.#options.onMessage(
            other.instance,
            withHost(message, other.address?.host ?? hostOf(peer.remote)),
          );
        } else throw new WireError('malformed', `no control frame of type ${type} is expected now`);
      });
      peer.onClose((why) => {
        clearTimeout(deadline);
        if (other) this.#forget(peer, other.instance);
        if (!this.#closed && why.code !== 'closed')
          this.#options.onProblem(
            `the connection to ${peer.hello.instance} at ${peer.remote} ended: ${why.message}`,
          );
        reject(why);
      });
    });
  }

  /** @throws WireError for one that does not fit */
  #accept(peer: Peer, intro: Intro): Intro {
    const { instance, model } = this.#options;
    if (intro.instance !== peer.hello.instance)
      throw new WireError('malformed', `${peer.hello.instance} calls itself ${intro.instance}`);
    if (intro.instance === instance) throw new WireError('refused', 'this is the same instance');
    if (intro.model !== null && model !== null && intro.model !== model)
      throw new WireError(
        'mismatch',
        `${intro.instance} has another model (${intro.model}) than ${instance} (${model}): their KV does not fit`,
      );
    const peers = this.#open.get(intro.instance) ?? new Set();
    this.#open.set(intro.instance, peers.add(peer));
    this.#options.onConnected(intro);
    return intro;
  }

  #forget(peer: Peer, instance: InstanceId): void {
    const peers = this.#open.get(instance);
    peers?.delete(peer);
    if (peers?.size === 0) this.#open.delete(instance);
    this.#options.onDisconnected(instance);
  }
}

/** Who listens on all addresses is reached where it was seen. */
function reachable(intro: Intro, seenAt: string): Intro {
  const { address } = intro;
  return address && isWildcard(address.host) ? { ...intro, address: { ...address, host: seenAt } } : intro;
}

function withHost(message: Message, seenAt: string): Message {
  if (message.type !== 'grant') return message;
  const parts = message.parts.map((part) => (isWildcard(part.host) ? { ...part, host: seenAt } : part));
  return { ...message, parts };
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function hostOf(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
