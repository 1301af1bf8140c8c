import type { ControlAddress, InstanceId, Intro, Offer, Summary } from './messages.ts';

export interface Peer {
  readonly intro: Intro;
  /** Open connections to it. */
  connections: number;
  heardMs: number;
  alive: boolean;
  /** Null: it has not said yet. */
  summary: Summary | null;
}

/** Dead peers are remembered, and looked for, so long. */
const REMEMBER_MS = 600_000;
const RUMOUR_MS = 30_000;
const MOST_RUMOURS = 10_000;

/** Who else is there. */
export class Peers {
  readonly #self: Intro;
  readonly #now: () => number;
  readonly #deadMs: number;
  readonly #died: (instance: InstanceId) => void;
  readonly #peers = new Map<InstanceId, Peer>();
  /** Where others say that someone listens. */
  readonly #rumours = new Map<string, { readonly address: ControlAddress; readonly heardMs: number }>();

  constructor(self: Intro, now: () => number, deadMs: number, died: (instance: InstanceId) => void) {
    this.#self = self;
    this.#now = now;
    this.#deadMs = deadMs;
    this.#died = died;
  }

  get(instance: InstanceId): Peer | undefined {
    return this.#peers.get(instance);
  }

  all(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  alive(): readonly Peer[] {
    return this.all().filter(({ alive }) => alive);
  }

  /** Those alive to which a connection is open. */
  reached(): readonly Peer[] {
    return this.all().filter(({ alive, connections }) => alive && connections > 0);
  }

  /** @returns whether it is one that was not known, or thought dead */
  connected(intro: Intro): boolean {
    this.rumour(intro.peers);
    const isNews = !this.#peers.get(intro.instance)?.alive;
    const known = this.#peers.get(intro.instance);
    if (known) known.connections += 1;
    else
      this.#peers.set(intro.instance, {
        intro,
        connections: 1,
        heardMs: this.#now(),
        alive: true,
        summary: null,
      });
    this.heard(intro.instance);
    // Only a new process can listen where an old one did.
    for (const [instance, { intro: old, alive }] of this.#peers)
      if (alive && instance !== intro.instance && sameAddress(old.address, intro.address)) {
        const [older] = old.startedAtMs <= intro.startedAtMs ? [instance] : [intro.instance];
        this.bury(older);
      }
    return isNews;
  }

  /** Others say that instances listen there. */
  rumour(addresses: readonly ControlAddress[]): void {
    for (const address of addresses.slice(0, MOST_RUMOURS - this.#rumours.size))
      this.#rumours.set(keyOf(address), { address, heardMs: this.#now() });
  }

  disconnected(instance: InstanceId): void {
    const peer = this.#peers.get(instance);
    if (peer && peer.connections > 0) peer.connections -= 1;
  }

  /** @returns whether it was thought dead */
  heard(instance: InstanceId): boolean {
    const peer = this.#peers.get(instance);
    if (!peer) return false;
    const isBack = !peer.alive;
    peer.heardMs = this.#now();
    peer.alive = true;
    return isBack;
  }

  /** This process stood still for so long, in which it could hear nobody. */
  forgive(pauseMs: number): void {
    const now = this.#now();
    for (const peer of this.#peers.values()) peer.heardMs = Math.min(now, peer.heardMs + pauseMs);
  }

  /** It said that it ends, or is known to have. */
  bury(instance: InstanceId): void {
    const peer = this.#peers.get(instance);
    if (!peer?.alive) return;
    peer.alive = false;
    peer.summary = null;
    this.#died(instance);
  }

  /** Looks who has not been heard for too long. */
  tick(): void {
    const now = this.#now();
    for (const [key, { heardMs }] of this.#rumours) if (now - heardMs >= RUMOUR_MS) this.#rumours.delete(key);
    for (const [instance, { alive, connections, heardMs }] of this.#peers) {
      if (alive && now - heardMs >= this.#deadMs) this.bury(instance);
      else if (!alive && connections === 0 && now - heardMs >= REMEMBER_MS) this.#peers.delete(instance);
    }
  }

  /** Where those listen that a newcomer should know. */
  addresses(): readonly ControlAddress[] {
    return this.alive().flatMap(({ intro }) => (intro.address ? [intro.address] : []));
  }

  /** Where others listen, or are said to, to which no connection is open. */
  unconnected(): readonly ControlAddress[] {
    const addresses = new Map<string, ControlAddress>();
    for (const { address } of this.#rumours.values()) addresses.set(keyOf(address), address);
    for (const { intro, alive } of this.all())
      if (intro.address && !alive) addresses.set(keyOf(intro.address), intro.address);
    for (const { intro, alive, connections } of this.all())
      if (intro.address && alive) {
        if (connections > 0) addresses.delete(keyOf(intro.address));
        else addresses.set(keyOf(intro.address), intro.address);
      }
    if (this.#self.address) addresses.delete(keyOf(this.#self.address));
    return [...addresses.values()];
  }
}

/** Those that have any blocks by that measure. */
export function mostFirst(peers: readonly Peer[], blocksOf: (peer: Peer) => number): readonly Offer[] {
  return peers
    .map((peer) => ({ instance: peer.intro.instance, blocks: blocksOf(peer) }))
    .filter(({ blocks }) => blocks > 0)
    .sort((a, b) => b.blocks - a.blocks || (a.instance < b.instance ? -1 : 1));
}

function keyOf({ host, port }: ControlAddress): string {
  return `${host} ${port}`;
}

export function sameAddress(a: ControlAddress | null, b: ControlAddress | null): boolean {
  return a !== null && b !== null && a.host === b.host && a.port === b.port;
}
